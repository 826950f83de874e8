"""What every page keeps to, whoever reads it."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.messages import get_messages
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation

from tests.factories import CommentFactory, LikeFactory, PostFactory, UserFactory
from tests.unit.posts.test_views import page, signed_in

TEMPLATES = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))
INLINE = re.compile(
    r"<style|<script(?![^>]*\ssrc=)|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", re.IGNORECASE
)
ATTACK = """<script>alert(1)</script><img src=x onerror='alert(2)'>"><b onclick="alert(3)">"""
RAN = re.compile(r"<script(?! (?:defer )?src=\"/static/)|<b onclick|<img src=x|\"onload=\"")
# What only a script can use is hidden until there is one.
FOR_SCRIPTS = re.compile(
    r"<[^>]*\sdata-(?:copy|share|theme-toggle|help|new-posts|preview|remove-image|counter)\b[^>]*>"
)
ACCOUNT_PAGES = [
    "login/",
    "signup/",
    "password/reset/",
    "password/reset/done/",
    "inactive/",
    "deleted/",
]
OWN_ACCOUNT_PAGES = [
    "logout/",
    "email/",
    "password/change/",
    "confirm-email/no-key/",
    "profile/",
    "confirm/",
    "2fa/",
    "sessions/",
    "delete/",
    "reauthenticate/",
]
# The same in every language, or no word at all.
NAMES = {"Ctrl", "API", "j", "k", "l", "n", "o"}


def without_tags(template: str) -> str:
    """A template's own text and HTML, without what Django puts there."""
    text = re.sub(r"\{#.*?#\}", " ", template)
    text = re.sub(r"\{% (blocktranslate|filter)\b.*?\{% end\1 %\}", " ", text, flags=re.DOTALL)
    return re.sub(r"\{[{%].*?[%}]\}", " ", text).replace("?next=", " ")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_a_script_or_a_style_of_its_own(template: Path) -> None:
    assert not INLINE.search(template.read_text())


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_all_text_of_a_template_can_be_translated(template: Path) -> None:
    html = without_tags(template.read_text())
    said = re.findall(r"\s(?:aria-label|alt|title|placeholder)=\"([^\"]*)\"", html)
    text = re.sub(r"<[^>]*>", " ", html)
    words = {word for part in [text, *said] for word in re.findall(r"[A-Za-z]+", part)}
    assert words <= NAMES


@pytest.mark.django_db
@pytest.mark.parametrize("viewer", ["nobody", "author"])
def test_nothing_that_somebody_wrote_runs_in_a_page(viewer: str) -> None:
    author = UserFactory.create(display_name=ATTACK[:80], bio=ATTACK)
    post = PostFactory.create(
        author=author,
        content=ATTACK,
        image_url='https://example.org/"onload="x',
        image_alt='"onload="x',
    )
    comment = CommentFactory.create(post=post, author=author, content=ATTACK)
    client = signed_in(author) if viewer == "author" else Client()
    own = [
        f"/posts/{post.pk}/edit/",
        f"/posts/{post.pk}/delete/",
        f"/posts/{post.pk}/comments/?reply_to={comment.pk}",
        f"/comments/{comment.pk}/delete/",
        "/accounts/profile/",
    ]
    for path in ["/", f"/posts/{post.pk}/", f"/authors/{author.username}/"]:
        check_nothing_runs(page(client.get(path)))
    if viewer == "author":
        for path in own:
            check_nothing_runs(page(client.get(path)))


def check_nothing_runs(text: str) -> None:
    assert "&lt;script&gt;" in text
    assert not RAN.search(text)


# --- Who reads it --------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_page_for_everybody_holds_nothing_of_anybody() -> None:
    post = LikeFactory.create(post__content="With a #hashtag.").post
    for path in [
        "/",
        f"/posts/{post.pk}/",
        f"/authors/{post.author.username}/",
        "/tags/hashtag/",
        "/search/?q=hashtag",
    ]:
        response = Client().get(path)
        assert response.status_code == 200
        assert not response.cookies
        assert "csrfmiddlewaretoken" not in page(response)
        assert 'method="post"' not in page(response)
        assert "data-signed-in" not in page(response)


@pytest.mark.django_db
def test_a_message_waits_for_who_it_is_for_and_is_shown_once() -> None:
    client = signed_in()
    client.post("/posts/new/", {"content": "Hello."})
    assert ["Your post is up." in page(client.get("/")) for _ in range(2)] == [True, False]
    client.post("/accounts/logout/")
    response = client.get("/")
    assert not list(get_messages(response.wsgi_request))
    assert 'class="notice' not in page(response)


@pytest.mark.django_db
def test_who_is_signed_in_sees_what_they_like_and_what_is_theirs() -> None:
    mine, liked = PostFactory.create(), LikeFactory.create()
    text = page(signed_in(mine.author).get("/"))
    assert text.count('value="like"') == 2
    assert f"/posts/{mine.pk}/edit/" in text
    assert f"/posts/{liked.post_id}/edit/" not in text
    text = page(signed_in(liked.user).get("/"))
    assert (text.count('value="like"'), text.count('value="unlike"')) == (1, 1)


@pytest.mark.django_db
def test_a_long_discussion_goes_on_by_a_link() -> None:
    post = PostFactory.create()
    *_, last = CommentFactory.create_batch(51, post=post)
    text = page(Client().get(f"/posts/{post.pk}/"))
    assert "51 comments" in text
    assert last.content not in text
    later = re.search(r'rel="next" href="([^"#]+)', text)
    assert later
    assert last.content in page(Client().get(f"/posts/{post.pk}/{later[1]}"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 comments"), (1, "1 comment"), (2, "2 comments")]
)
def test_counts_are_said_in_words_too(count: int, said: str) -> None:
    post = PostFactory.create()
    CommentFactory.create_batch(count, post=post)
    words = re.sub(r"<[^>]+>", "", page(Client().get("/"))).split()
    assert f" {said} " in f" {' '.join(words)} "


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    ["/", "/posts/new/", "/search/", *(f"/accounts/{name}" for name in OWN_ACCOUNT_PAGES)],
)
def test_a_page_for_the_signed_in_has_one_heading_and_every_field_a_label(path: str) -> None:
    check_page(page(signed_in().get(path)))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/search/",
        "/search/?q=no",
        "/tags/no/",
        *(f"/accounts/{name}" for name in ACCOUNT_PAGES),
    ],
)
def test_a_page_for_everybody_has_one_heading_and_every_field_a_label(path: str) -> None:
    check_page(page(Client().get(path)))


@pytest.mark.django_db
def test_a_page_of_a_post_has_one_heading_and_every_field_a_label() -> None:
    mine, comment = PostFactory.create(), CommentFactory.create()
    client = signed_in(mine.author)
    for path in [
        f"/posts/{comment.post_id}/",
        f"/posts/{comment.post_id}/report/",
        f"/posts/{comment.post_id}/comments/?reply_to={comment.pk}",
        f"/comments/{comment.pk}/report/",
        f"/posts/{mine.pk}/edit/",
        f"/posts/{mine.pk}/delete/",
        f"/authors/{comment.author.username}/",
        f"/authors/{comment.author.username}/mute/",
    ]:
        check_page(page(client.get(path)))


def check_page(text: str) -> None:
    assert text.count("<h1") == 1
    assert text.count("<main") == 1
    assert 'href="#main"' in text
    assert not INLINE.search(text)
    fields = re.findall(r"<(?:input|textarea)\b[^>]*>", text)
    for field in fields:
        if 'type="hidden"' not in field:
            found = re.search(r'\sid="([^"]+)"', field)
            assert found
            assert f'<label for="{found[1]}"' in text
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert all(" hidden" in found[0] for found in FOR_SCRIPTS.finditer(text))


def test_a_page_says_its_language_and_its_direction() -> None:
    assert '<html lang="en">' in render_to_string("404.html")
    with translation.override("ar"):
        assert '<html lang="ar" dir="rtl">' in render_to_string("404.html")


# --- Faults --------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
def test_a_page_for_a_fault_needs_no_request_and_shows_the_way_back(status: int) -> None:
    text = render_to_string(f"{status}.html", {"detail": "Refused."})
    check_page(text)
    assert '<a class="button" href="/">' in text


@pytest.mark.django_db
def test_a_missing_page_says_so_and_keeps_who_is_signed_in() -> None:
    for client, known in [(Client(), False), (signed_in(), True)]:
        response = client.get("/posts/123456789/")
        assert response.status_code == 404
        assert "It may have been deleted" in page(response)
        assert ("Sign out" in page(response)) == known
