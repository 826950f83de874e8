"""Images through the API: uploaded, replaced, described and removed."""

from typing import Any

import pytest
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from posts import images
from posts.image_pool import Pool
from posts.models import Post
from tests.factories import PostFactory
from tests.unit.posts.calls import call, fields, problem, signed_in
from tests.unit.posts.sample_images import encoded, half_and_half, photograph, png, stored, upload

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("media")]


@pytest.fixture
def post() -> Post:
    """A post with an uploaded image."""
    made: Post = PostFactory.create(content="Look!")
    text = {"content": "Look!", "image": upload(), "image_alt": "Red"}
    signed_in(made.author).post(f"/posts/{made.pk}/edit/", text)
    made.refresh_from_db()
    assert made.image
    return made


def change(post: Post, method: str, **body: Any) -> Any:
    response = call(signed_in(post.author), method, f"/api/posts/{post.pk}/", body)
    assert response.status_code == 200, response.content
    post.refresh_from_db()
    return response.json()


def send(client: Client, method: str, path: str, **parts: Any) -> Any:
    """A form with files, as `curl --form` sends it."""
    body = encode_multipart(BOUNDARY, parts)
    return client.generic(method.upper(), path, body, MULTIPART_CONTENT)


def test_new_post_has_the_uploaded_image() -> None:
    client = signed_in()
    parts = {"content": " Look!", "image": upload(photograph()), "image_alt": " Red "}
    response = send(client, "post", "/api/posts/", **parts)
    assert response.status_code == 201
    post, shown = Post.objects.get(), response.json()
    assert shown["image_url"] == f"/media/{post.image.name}"
    assert (shown["content"], shown["image_alt"]) == ("Look!", "Red")
    assert (shown["image_width"], shown["image_height"]) == (800, 1_600)
    assert post.image_bytes == post.image.size
    assert stored() == {post.image.name}


def test_form_without_an_image_works_as_json() -> None:
    shown = send(signed_in(), "post", "/api/posts/", content="Hi", image_alt="Nothing").json()
    assert (shown["content"], shown["image_url"], shown["image_alt"]) == ("Hi", None, "")
    body = {"content": "x", "image_alt": "Nothing"}
    assert call(signed_in(), "post", "/api/posts/", body).json()["image_alt"] == ""


@pytest.mark.parametrize("method", ["put", "patch"])
def test_new_image_replaces_the_old_one(post: Post, method: str) -> None:
    before = post.image.name
    parts = {"content": "New", "image": upload(encoded(half_and_half((30, 40))))}
    response = send(signed_in(post.author), method, f"/api/posts/{post.pk}/", **parts)
    assert response.status_code == 200, response.content
    post.refresh_from_db()
    shown = response.json()
    assert (shown["content"], shown["image_alt"], shown["image_width"]) == ("New", "", 30)
    assert post.image.name != before
    assert stored() == {post.image.name}


def test_image_can_be_patched_without_other_fields(post: Post) -> None:
    parts = {"image": upload(encoded(half_and_half((30, 40)))), "image_alt": "Blue"}
    path = f"/api/posts/{post.pk}/"
    shown = send(signed_in(post.author), "patch", path, **parts).json()
    assert (shown["content"], shown["image_alt"], shown["image_width"]) == ("Look!", "Blue", 30)


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (b"no image", "JPEG, PNG, WebP and GIF are taken"),
        (b"", "empty"),
        (b"\0" * 9_500_000, "That file has 9.1 MB; up to 8 MB are taken."),
        (png(1, 16_384).getvalue(), "up to 16,383 a side"),
        (None, "not a file"),
    ],
    ids=["text", "empty", "large", "long", "no file"],
)
@pytest.mark.parametrize("method", ["post", "patch"])
def test_refused_image_is_named_in_the_problem(
    post: Post, method: str, image: bytes | None, said: str
) -> None:
    path = "/api/posts/" if method == "post" else f"/api/posts/{post.pk}/"
    part = "text" if image is None else upload(image)
    response = send(signed_in(post.author), method, path, content="Look!", image=part)
    assert fields(response) == {"image"}
    assert said in response.json()["detail"]
    assert Post.objects.count() == 1
    assert stored() == {post.image.name}


def test_image_for_a_post_of_others_is_not_decoded(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "pool", lambda: pytest.fail("decoded"))
    path = f"/api/posts/{post.pk}/"
    problem(send(signed_in(), "patch", path, image=upload()), 403)
    problem(send(Client(), "patch", path, image=upload()), 401)


@pytest.mark.parametrize("method", ["post", "patch"])
def test_busy_image_pool_answers_429_with_retry_after(
    post: Post, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    full = Pool(processes=1, threads=0)
    monkeypatch.setattr(images, "pool", lambda: full)
    path = "/api/posts/" if method == "post" else f"/api/posts/{post.pk}/"
    response = send(signed_in(post.author), method, path, content="New", image=upload())
    assert "in a few seconds" in problem(response, 429)["detail"]
    assert response["Retry-After"] == "2"
    post.refresh_from_db()
    assert post.content == "Look!"


@pytest.mark.parametrize("alt", ["x" * 1_001, None, 7, "a\0b", ["a"]])
def test_invalid_image_alt_is_refused(alt: Any) -> None:
    body = {"content": "Look!", "image_alt": alt}
    assert fields(call(signed_in(), "post", "/api/posts/", body)) == {"image_alt"}


def test_changed_content_keeps_the_uploaded_image(post: Post) -> None:
    shown = change(post, "patch", content="Changed")
    assert shown["image_url"] == f"/media/{post.image.name}"
    assert (shown["image_alt"], shown["image_width"]) == ("Red", 20)
    assert stored() == {post.image.name}


@pytest.mark.parametrize("method", ["put", "patch"])
def test_post_sent_back_as_read_is_no_change(post: Post, method: str) -> None:
    read = signed_in().get(f"/api/posts/{post.pk}/").json()
    assert change(post, method, **read) == read
    assert stored() == {post.image.name}


def test_image_alt_can_be_patched_without_the_image(post: Post) -> None:
    assert change(post, "patch", image_alt="Blue")["image_alt"] == "Blue"
    assert post.image


@pytest.mark.parametrize("address", [None, ""])
def test_null_or_empty_image_url_removes_an_uploaded_image(post: Post, address: str | None) -> None:
    shown = change(post, "patch", image_url=address)
    assert [shown[f"image_{name}"] for name in ("url", "alt", "width", "height")] == [
        None,
        "",
        None,
        None,
    ]
    assert not stored()


def test_external_url_does_not_replace_an_uploaded_image(post: Post) -> None:
    body = {"content": "Changed", "image_url": "https://example.org/far.png"}
    response = call(signed_in(post.author), "patch", f"/api/posts/{post.pk}/", body)
    assert fields(response) == {"image_url"}
    assert "multipart/form-data" in response.json()["detail"]
    post.refresh_from_db()
    assert post.content == "Look!"
    assert stored() == {post.image.name}


def test_put_without_an_image_removes_it(post: Post) -> None:
    assert change(post, "put", content="Look!")["image_url"] is None
    assert not stored()


def test_url_of_a_stored_file_of_another_post_is_refused(post: Post) -> None:
    other = PostFactory.create()
    body = {"image_url": f"/media/{post.image.name}"}
    response = call(signed_in(other.author), "patch", f"/api/posts/{other.pk}/", body)
    assert fields(response) == {"image_url"}
