"""Images in the forms of posts, and the files that are kept or deleted with the posts."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import Settings

from posts import image_pool, images
from posts.images import MAX_BYTES
from posts.models import Post, User
from tests.factories import PostFactory, UserFactory
from tests.unit.posts.sample_images import encoded, half_and_half, photograph, stored, upload
from tests.unit.posts.test_views import page, signed_in

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("media"),
]

LOST = "Choose the file again"


def written(author: User | None = None, **more: Any) -> Post:
    """Return a post that the form has made with an image."""
    author = author or UserFactory.create()
    text = {"content": "Look!", "image": upload(), "image_alt": "Red above blue", **more}
    assert signed_in(author).post("/posts/new/", text).status_code == 302
    return Post.objects.latest("pk")


def test_new_post_has_image_and_image_alt() -> None:
    post = written(image=upload(photograph(), "IMG_1234.JPG"), image_alt=" Red\r\nabove blue ")
    assert stored() == {post.image.name}
    assert str(post.image.name).startswith("posts/")
    assert (post.image_width, post.image_height) == (800, 1_600)
    assert post.image_alt == "Red\nabove blue"
    shown = Client().get(f"/api/posts/{post.pk}/").json()
    assert shown["image_url"] == f"/media/{post.image.name}"
    assert [shown[f"image_{name}"] for name in ("alt", "width", "height")] == [
        post.image_alt,
        800,
        1_600,
    ]
    with closing(Client().get(shown["image_url"])) as response:
        assert response.status_code == 200
    assert f'src="{shown["image_url"]}"' in page(Client().get("/"))


def test_image_alt_is_dropped_without_an_image() -> None:
    signed_in().post("/posts/new/", {"content": "Look!", "image_alt": "Nothing"})
    assert Post.objects.get().image_alt == ""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no image", "JPEG, PNG, WebP and GIF are taken"),
        (b"", "empty"),
        (b"\xff\xd8" + b"\0" * MAX_BYTES, "That file has 8.0 MB; up to 8 MB are taken."),
        (b"\0" * 9_500_000, "That file has 9.1 MB; up to 8 MB are taken."),
    ],
)
def test_refused_image_keeps_the_text_and_shows_the_reason(content: bytes, said: str) -> None:
    text = {"image_alt": "kept alt", "image": upload(content), "content": "kept text"}
    response = signed_in().post("/posts/new/", text)
    assert response.status_code == 422
    assert all(word in page(response) for word in (said, "kept alt", "kept text"))
    assert LOST not in page(response)
    assert not Post.objects.exists()
    assert not stored()


def test_refused_form_asks_to_choose_the_file_again() -> None:
    response = signed_in().post("/posts/new/", {"content": "x" * 5_001, "image": upload()})
    assert response.status_code == 422
    assert LOST in page(response)
    assert not stored()


def test_image_over_the_rate_limit_is_not_decoded(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LIMITS = {**settings.LIMITS, "writes": (1, 3_600)}
    client = signed_in()
    client.post("/posts/new/", {"content": "the one of this minute"})
    monkeypatch.setattr(images, "pool", lambda: pytest.fail("worked on"))
    response = client.post("/posts/new/", {"content": "kept text", "image": upload()})
    assert response.status_code == 429
    assert LOST in page(response)
    assert "kept text" in page(response)


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """An image pool without a free place."""
    full = image_pool.Pool(processes=1, threads=0)
    monkeypatch.setattr(images, "pool", lambda: full)


@pytest.mark.usefixtures("busy")
def test_busy_image_pool_returns_the_form_at_once() -> None:
    text = {"content": "kept text", "image_alt": "kept alt", "image": upload()}
    response = signed_in().post("/posts/new/", text)
    assert (response.status_code, response["Retry-After"]) == (429, "2")
    said = ("Many images are being prepared", LOST, "kept text", "kept alt")
    assert all(words in page(response) for words in said)
    profile = {"display_name": "kept name", "bio": "", "avatar": upload()}
    response = signed_in().post("/accounts/profile/", profile)
    assert (response.status_code, response["Retry-After"]) == (429, "2")
    assert "kept name" in page(response)
    assert not Post.objects.exists()


@pytest.mark.usefixtures("busy")
def test_post_without_image_does_not_wait_for_the_image_pool() -> None:
    assert signed_in().post("/posts/new/", {"content": "Look!"}).status_code == 302


def test_image_that_ends_its_process_is_refused_with_a_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow = image_pool.Pool(processes=1, threads=1, decode_seconds=0)
    monkeypatch.setattr(images, "pool", lambda: slow)
    response = signed_in().post("/posts/new/", {"content": "kept text", "image": upload()})
    assert response.status_code == 422
    assert "too much memory or time" in page(response)
    assert "kept text" in page(response)


def test_file_in_another_field_is_ignored() -> None:
    assert signed_in().post("/posts/new/", {"content": upload()}).status_code == 422
    text = {"content": "Look!", "other": upload(), "image": "posts/a.webp"}
    assert signed_in().post("/posts/new/", text).status_code == 302
    assert not Post.objects.get().image


# --- Editing -------------------------------------------------------------------------------------


def edit(post: Post, **changes: Any) -> Any:
    text = {"content": post.content, "image_alt": post.image_alt, **changes}
    response = signed_in(post.author).post(f"/posts/{post.pk}/edit/", text)
    post.refresh_from_db()
    return response


def test_changed_content_keeps_the_image() -> None:
    post = written()
    before = post.image.name
    assert edit(post, content="Changed").status_code == 302
    assert (post.content, post.image.name, post.image_width) == ("Changed", before, 20)
    assert post.image_alt == "Red above blue"
    assert stored() == {before}


def test_form_without_image_alt_keeps_it() -> None:
    post = written()
    signed_in(post.author).post(f"/posts/{post.pk}/edit/", {"content": "Changed"})
    post.refresh_from_db()
    assert (post.content, post.image_alt) == ("Changed", "Red above blue")


def test_edit_form_without_a_change_is_no_edit() -> None:
    post = written()
    edit(post)
    assert not post.edited
    edit(post, image_alt="Blue below red")
    assert post.edited


def test_new_image_replaces_the_old_one_and_its_file() -> None:
    post = written()
    before = post.image.name
    edit(post, image=upload(encoded(half_and_half((30, 30)))), image_alt="Another")
    assert post.image.name != before
    assert (post.image_width, post.image_alt, post.edited) == (30, "Another", True)
    assert stored() == {post.image.name}


def test_removing_the_image_removes_its_alt_and_size() -> None:
    post = written()
    assert "remove_image" in page(signed_in(post.author).get(f"/posts/{post.pk}/edit/"))
    edit(post, remove_image="on")
    assert (post.image.name, post.image_alt, post.image_width, post.image_height) == (
        "",
        "",
        None,
        None,
    )
    assert post.edited
    assert not stored()
    assert "remove_image" not in page(signed_in(post.author).get(f"/posts/{post.pk}/edit/"))


def test_image_url_stays_until_it_is_removed_or_replaced() -> None:
    address = "https://example.org/a.png"
    post = PostFactory.create(image_url=address, image_alt="Far away")
    edit(post, content="Changed")
    assert (post.image_url, post.image_alt) == (address, "Far away")
    edit(post, image=upload())
    assert (post.image_url, post.shown_image_url) == ("", f"/media/{post.image.name}")
    edit(post, remove_image="on")
    assert post.shown_image_url == ""


def test_refused_edit_keeps_the_image() -> None:
    post = written()
    before = post.image.name
    response = edit(post, content="x" * 5_001, image=upload(), remove_image="on")
    assert response.status_code == 422
    assert post.image.name == before
    assert stored() == {before}


# --- Files are deleted with their rows -----------------------------------------------------------


@pytest.mark.parametrize("by", ["form", "api", "queryset", "author"])
def test_file_is_deleted_with_the_post(by: str) -> None:
    post, kept = written(), written()
    if by == "form":
        signed_in(post.author).post(f"/posts/{post.pk}/delete/")
    elif by == "api":
        assert signed_in(post.author).delete(f"/api/posts/{post.pk}/").status_code == 204
    elif by == "queryset":
        Post.objects.filter(pk=post.pk).delete()
    else:
        post.author.delete()
    assert stored() == {kept.image.name}


def test_file_stays_when_the_deletion_is_rolled_back(media: Path) -> None:
    post = written()
    with transaction.atomic():
        post.delete()
        transaction.set_rollback(True)
    assert stored() == {Post.objects.get().image.name}
