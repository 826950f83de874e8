"""Rules for every page and every reader."""

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
    "preferences/",
    "login/",
    "signup/",
    "password/reset/",
    "password/reset/done/",
    "inactive/",
    "deleted/",
]
OWN_ACCOUNT_PAGES = [
    "preferences/",
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
NAMES = {"Ctrl", "API", "j", "k", "l", "n", "o", "x"}


def without_tags(template: str) -> str:
    """Return a template's text and HTML without its tags and variables."""
    text = re.sub(r"\{#.*?#\}", " ", template)
    text = re.sub(r"\{% (blocktranslate|filter)\b.*?\{% end\1 %\}", " ", text, flags=re.DOTALL)
    return re.sub(r"\{[{%].*?[%}]\}", " ", text).replace("?next=", " ")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_have_no_inline_script_or_style(template: Path) -> None:
    assert not INLINE.search(template.read_text())


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_all_text_of_templates_is_translatable(template: Path) -> None:
    html = without_tags(template.read_text())
    labels = re.findall(r"\s(?:aria-label|alt|title|placeholder)=\"([^\"]*)\"", html)
    text = re.sub(r"<[^>]*>", " ", html)
    words = {word for part in [text, *labels] for word in re.findall(r"[A-Za-z]+", part)}
    assert words <= NAMES


@pytest.mark.django_db
@pytest.mark.parametrize("viewer", ["nobody", "author"])
def test_user_text_is_never_executed(viewer: str) -> None:
    author = UserFactory.create(display_name=ATTACK[:80], bio=ATTACK)
    post = PostFactory.create(
        author=author,
        content=ATTACK,
        image_url='https://example.org/"onload="x',
        image_alt='"onload="x',
    )
    comment = CommentFactory.create(post=post, author=author, content=ATTACK)
    client = signed_in(author) if viewer == "author" else Client()
    viewer_paths = [
        f"/posts/{post.pk}/edit/",
        f"/posts/{post.pk}/delete/",
        f"/posts/{post.pk}/comments/?reply_to={comment.pk}",
        f"/comments/{comment.pk}/delete/",
        f"/comments/{comment.pk}/edit/",
        "/accounts/profile/",
    ]
    author_path = f"/authors/{author.username}/"
    for path in ["/", f"/posts/{post.pk}/", author_path, f"{author_path}comments/"]:
        check_nothing_runs(page(client.get(path)))
    if viewer == "author":
        for path in viewer_paths:
            check_nothing_runs(page(client.get(path)))


def check_nothing_runs(text: str) -> None:
    assert "&lt;script&gt;" in text
    assert not RAN.search(text)


# --- Who reads it --------------------------------------------------------------------------------


@pytest.mark.django_db
def test_shared_page_holds_nothing_of_a_viewer() -> None:
    post = LikeFactory.create(post__content="With a #hashtag.").post
    for path in [
        "/",
        f"/posts/{post.pk}/",
        f"/authors/{post.author.username}/",
        "/tags/hashtag/",
        "/search/?q=hashtag",
        f"/authors/{post.author.username}/comments/",
        "/explore/",
        "/explore/rail/",
    ]:
        response = Client().get(path)
        assert response.status_code == 200
        assert not response.cookies
        assert "csrfmiddlewaretoken" not in page(response)
        assert 'method="post"' not in page(response)
        assert "data-signed-in" not in page(response)


@pytest.mark.django_db
def test_message_is_shown_once_to_its_recipient() -> None:
    client = signed_in()
    client.post("/posts/new/", {"content": "Hello."})
    assert ["Your post is up." in page(client.get("/")) for _ in range(2)] == [True, False]
    client.post("/accounts/logout/")
    response = client.get("/")
    assert not list(get_messages(response.wsgi_request))
    assert 'class="notice' not in page(response)


@pytest.mark.django_db
def test_viewer_sees_own_likes_and_buttons() -> None:
    mine, liked = PostFactory.create(), LikeFactory.create()
    text = page(signed_in(mine.author).get("/"))
    assert text.count('value="like"') == 2
    assert f"/posts/{mine.pk}/edit/" in text
    assert f"/posts/{liked.post_id}/edit/" not in text
    text = page(signed_in(liked.user).get("/"))
    assert (text.count('value="like"'), text.count('value="unlike"')) == (1, 1)


@pytest.mark.django_db
def test_long_discussion_has_a_link_to_the_next_page() -> None:
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
    ("count", "phrase"), [(0, "0 comments"), (1, "1 comment"), (2, "2 comments")]
)
def test_counts_have_a_text_for_screen_readers(count: int, phrase: str) -> None:
    post = PostFactory.create()
    CommentFactory.create_batch(count, post=post)
    words = re.sub(r"<[^>]+>", "", page(Client().get("/"))).split()
    assert f" {phrase} " in f" {' '.join(words)} "


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    ["/", "/posts/new/", "/search/", *(f"/accounts/{name}" for name in OWN_ACCOUNT_PAGES)],
)
def test_signed_in_page_has_one_heading_and_labelled_fields(path: str) -> None:
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
def test_public_page_has_one_heading_and_labelled_fields(path: str) -> None:
    check_page(page(Client().get(path)))


@pytest.mark.django_db
def test_post_page_has_one_heading_and_labelled_fields() -> None:
    mine, comment = PostFactory.create(), CommentFactory.create()
    own = CommentFactory.create(author=mine.author)
    client = signed_in(mine.author)
    for path in [
        f"/posts/{comment.post_id}/",
        f"/posts/{comment.post_id}/report/",
        f"/posts/{comment.post_id}/comments/?reply_to={comment.pk}",
        f"/comments/{comment.pk}/report/",
        f"/posts/{mine.pk}/edit/",
        f"/posts/{mine.pk}/delete/",
        f"/comments/{own.pk}/edit/",
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


def test_page_declares_language_and_direction() -> None:
    assert '<html lang="en">' in render_to_string("404.html")
    with translation.override("ar"):
        assert '<html lang="ar" dir="rtl">' in render_to_string("404.html")


# --- Faults --------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
def test_error_page_renders_without_a_request_and_has_a_link_home(status: int) -> None:
    text = render_to_string(f"{status}.html", {"detail": "Refused."})
    check_page(text)
    assert '<a class="button" href="/">' in text


@pytest.mark.django_db
def test_404_page_keeps_the_viewer_signed_in() -> None:
    for client, known in [(Client(), False), (signed_in(), True)]:
        response = client.get("/posts/123456789/")
        assert response.status_code == 404
        assert "It may have been deleted" in page(response)
        assert ("Sign out" in page(response)) == known
