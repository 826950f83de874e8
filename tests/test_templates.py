"""What every page keeps to, whoever reads it."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.messages import get_messages
from django.template.loader import render_to_string
from django.test import Client

from tests.factories import CommentFactory, LikeFactory, PostFactory, UserFactory
from tests.posts.test_views import page, signed_in

TEMPLATES = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))
INLINE = re.compile(
    r"<style|<script(?![^>]*\ssrc=)|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", re.IGNORECASE
)
ATTACK = """<script>alert(1)</script><img src=x onerror='alert(2)'>"><b onclick="alert(3)">"""
ACCOUNT_PAGES = ["login/", "signup/", "password/reset/", "password/reset/done/", "inactive/"]
OWN_ACCOUNT_PAGES = ["logout/", "email/", "password/change/", "confirm-email/no-key/"]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_a_script_or_a_style_of_its_own(template: Path) -> None:
    assert not INLINE.search(template.read_text())


def test_the_style_sheet_asks_nothing_from_elsewhere() -> None:
    css = Path(settings.BASE_DIR, "feed/static/feed/style.css").read_text()
    assert not re.search(r"@import|url\(|https?:", css)
    # A variable that is not defined would make its rule silently void.
    assert set(re.findall(r"var\((--[\w-]+)", css)) <= set(re.findall(r"(--[\w-]+):", css))


def test_a_page_names_only_what_the_style_sheet_knows() -> None:
    css = Path(settings.BASE_DIR, "feed/static/feed/style.css").read_text()
    known = set(re.findall(r"\.([a-z][\w-]*)", css)) | {
        "error",
        "info",
        "success",
        "mark",
        "handle",
    }
    for template in TEMPLATES:
        text = re.sub(r"\{[{%].*?[%}]\}", " ", template.read_text())
        for names in re.findall(r'class="([^"]*)"', text):
            assert set(names.split()) <= known, template


@pytest.mark.django_db
@pytest.mark.parametrize("viewer", ["nobody", "author"])
def test_nothing_that_somebody_wrote_runs_in_a_page(viewer: str) -> None:
    author = UserFactory.create(display_name=ATTACK[:80])
    post = PostFactory.create(
        author=author, content=ATTACK, image_url='https://example.org/"onload="x'
    )
    comment = CommentFactory.create(post=post, author=author, content=ATTACK)
    client = signed_in(author) if viewer == "author" else Client()
    own = [
        f"/posts/{post.pk}/edit/",
        f"/posts/{post.pk}/delete/",
        f"/comments/{comment.pk}/delete/",
    ]
    for path in [
        "/",
        f"/posts/{post.pk}/",
        f"/authors/{author.username}/",
        *own[: 3 * (viewer == "author")],
    ]:
        text = page(client.get(path))
        assert "&lt;script&gt;" in text
        assert not re.search(r"<script|<b onclick|<img src=x|\"onload=\"", text)


# --- Who reads it --------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_page_for_everybody_holds_nothing_of_anybody() -> None:
    post = LikeFactory.create().post
    for path in ["/", f"/posts/{post.pk}/", f"/authors/{post.author.username}/"]:
        response = Client().get(path)
        assert response.status_code == 200
        assert not response.cookies
        assert "csrfmiddlewaretoken" not in page(response)
        assert "<form" not in page(response)


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
    assert f" {said} " in f" {' '.join(words)} ".replace(f"{count}comment", f"{count} comment")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/", "/posts/new/", *(f"/accounts/{name}" for name in OWN_ACCOUNT_PAGES)]
)
def test_a_page_for_the_signed_in_has_one_heading_and_every_field_a_label(path: str) -> None:
    check_page(page(signed_in().get(path)))


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", *(f"/accounts/{name}" for name in ACCOUNT_PAGES)])
def test_a_page_for_everybody_has_one_heading_and_every_field_a_label(path: str) -> None:
    check_page(page(Client().get(path)))


def check_page(text: str) -> None:
    assert text.count("<h1") == 1
    assert text.count("<main") == 1
    assert 'href="#main"' in text
    assert not INLINE.search(text)
    fields = re.findall(r"<(?:input|textarea)\b[^>]*>", text)
    for field in fields:
        if 'type="hidden"' not in field:
            found = re.search(r'id="([^"]+)"', field)
            assert found
            assert f'<label for="{found[1]}"' in text
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


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
