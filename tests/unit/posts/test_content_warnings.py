"""What a content warning may hold, and that nothing shows what is behind it."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from posts.models import Post
from tests.factories import PostFactory, UserFactory
from tests.unit.posts.calls import call, fields, signed_in
from tests.unit.posts.test_import_posts import Run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]

INVISIBLE = ["Spi\u202eders", "\u2066Spiders", "Spi\u200bders", "\u200d", "Spi\x07ders", "\u3164"]


def imported(warning: Any, directory: Path) -> str:
    """Import a post with this warning; return what the command says about refused lines."""
    line = {"id": "1", "author": "ada", "created_at": "2024-01-01", "text": "Text"}
    file = directory / "posts.jsonl"
    file.write_text(json.dumps(line | {"content_warning": warning}))
    return Run(file).err


@pytest.mark.parametrize("warning", INVISIBLE)
def test_characters_that_cannot_be_seen_are_refused(warning: str, tmp_path: Path) -> None:
    client, body = signed_in(), {"content": "Text", "content_warning": warning}
    assert fields(call(client, "post", "/api/posts/", body)) == {"content_warning"}
    response = client.post("/posts/new/", body)
    assert response.status_code == 422
    assert "be seen" in response.content.decode()
    assert "content_warning: This has" in imported(warning, tmp_path)
    assert not Post.objects.exists()


@pytest.mark.parametrize(
    ("warning", "kept"),
    [
        ("  Spiders,\r\nmany \n\t of them\u2028", "Spiders, many of them"),
        ("x" * 60 + "\n" * 90 + "y" * 59, "x" * 60 + " " + "y" * 59),
        ("عناكب 🕷️", "عناكب 🕷️"),
        (" \n ", ""),
    ],
)
def test_warning_is_kept_in_one_line(warning: str, kept: str, tmp_path: Path) -> None:
    client, body = signed_in(), {"content": "Text", "content_warning": warning}
    assert call(client, "post", "/api/posts/", body).json()["content_warning"] == kept
    assert client.post("/posts/new/", {**body, "content": "Form"}).status_code == 302
    assert not imported(warning, tmp_path)
    assert [*Post.objects.values_list("content_warning", flat=True)] == [kept] * 3


@pytest.fixture
def post() -> Post:
    made: Post = PostFactory.create(
        content="The butler did it. #ending",
        content_warning="<Spoilers> & spiders",
        image="posts/a.webp",
        image_alt="The knife",
        image_width=4,
        image_height=3,
    )
    return made


PATHS = ["/", "/posts/{}/", "/authors/{author}/", "/tags/ending/", "/search/?q=butler"]


@pytest.mark.parametrize("path", [*PATHS, "/posts/{}/report/", "/posts/{}/comments/"])
@pytest.mark.parametrize("signed", [True, False])
def test_text_and_image_are_behind_the_warning(path: str, signed: bool, post: Post) -> None:
    client = signed_in(UserFactory.create()) if signed else Client()
    response = client.get(path.format(post.pk, author=post.author.username))
    if response.status_code == 302:  # a form, for which the reader must sign in
        return
    html = response.content.decode()
    before, _, rest = html.partition('<details class="warned">')
    folded, _, after = rest.partition("</details>")
    assert "The butler did it." in folded.partition("</summary>")[2]
    assert "&lt;Spoilers&gt; &amp; spiders" in folded.partition("</summary>")[0]
    for secret in ("The butler", "The knife", "a.webp"):
        assert secret not in before + after
    if '<article class="post' in html:
        # What a screen reader reads when the card gets the focus.
        assert f'aria-describedby="text-{post.pk}"' in html
        assert f'id="text-{post.pk}"' in folded.partition("</summary>")[0]
        assert html.count(f'id="text-{post.pk}"') == 1


def test_title_and_previews_have_the_warning_alone(post: Post) -> None:
    html = Client().get(f"/posts/{post.pk}/").content.decode()
    head = html.partition("</head>")[0]
    warning = "&lt;Spoilers&gt; &amp; spiders"
    assert f": {warning} · " in head.partition("<title>")[2].partition("</title>")[0]
    assert f'<meta name="description" content="{warning}">' in head
    assert f'<meta property="og:description" content="{warning}">' in head
    assert "touch-icon" in head.partition('property="og:image"')[2][:80]
    for secret in ("butler", "knife", "a.webp", "summary_large_image"):
        assert secret not in head


def test_api_has_the_warning_and_the_whole_text(post: Post) -> None:
    shown = Client().get("/api/feed/").json()["posts"][0]
    assert shown["content_warning"] == "<Spoilers> & spiders"
    assert shown["content"] == "The butler did it. #ending"
    assert shown["image_url"] == "/media/posts/a.webp"


def test_words_of_the_warning_are_not_searched(post: Post) -> None:
    assert f"post-{post.pk}" in Client().get("/search/?q=butler").content.decode()
    assert f"post-{post.pk}" not in Client().get("/search/?q=spoilers").content.decode()


def test_moderators_see_warning_and_text_in_lists(post: Post) -> None:
    client = signed_in(UserFactory.create(is_staff=True, is_superuser=True))
    html = client.get("/admin/posts/post/").content.decode()
    assert "[&lt;Spoilers&gt; &amp; spiders] The butler did it. #ending" in html
