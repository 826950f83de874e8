"""Images through the API: by address, and what it knows of uploaded ones."""

from typing import Any

import pytest

from posts.models import Post
from tests.factories import PostFactory
from tests.posts.calls import call, fields, signed_in
from tests.posts.pictures import stored, upload

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("media")]

FAR = "https://example.org/far.png"


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


def test_an_image_by_address_has_words_too() -> None:
    client = signed_in()
    body = {"content": "Look!", "image_url": FAR, "image_alt": " Far away "}
    shown = call(client, "post", "/api/posts/", body).json()
    assert (shown["image_url"], shown["image_alt"]) == (FAR, "Far away")
    shown = call(client, "post", "/api/posts/", {"content": "x", "image_alt": "Nothing"}).json()
    assert (shown["image_url"], shown["image_alt"]) == (None, "")


@pytest.mark.parametrize("alt", ["x" * 1_001, None, 7, "a\0b", ["a"]])
def test_words_for_an_image_are_text_of_a_certain_length(alt: Any) -> None:
    body = {"content": "Look!", "image_url": FAR, "image_alt": alt}
    assert fields(call(signed_in(), "post", "/api/posts/", body)) == {"image_alt"}


def test_another_text_leaves_an_uploaded_image(post: Post) -> None:
    shown = change(post, "patch", content="Changed")
    assert shown["image_url"] == f"/media/{post.image.name}"
    assert (shown["image_alt"], shown["image_width"]) == ("Red", 20)
    assert stored() == {post.image.name}


@pytest.mark.parametrize("method", ["put", "patch"])
def test_what_was_read_may_be_sent_back_and_is_no_change(post: Post, method: str) -> None:
    read = signed_in().get(f"/api/posts/{post.pk}/").json()
    assert change(post, method, **read) == read
    assert stored() == {post.image.name}


def test_words_alone_are_changed(post: Post) -> None:
    assert change(post, "patch", image_alt="Blue")["image_alt"] == "Blue"
    assert post.image


@pytest.mark.parametrize("address", [None, ""])
def test_an_uploaded_image_is_taken_away_by_naming_none(post: Post, address: str | None) -> None:
    shown = change(post, "patch", image_url=address)
    assert [shown[f"image_{name}"] for name in ("url", "alt", "width", "height")] == [
        None,
        "",
        None,
        None,
    ]
    assert not stored()


def test_an_address_takes_the_place_of_an_uploaded_image(post: Post) -> None:
    shown = change(post, "patch", image_url=FAR)
    assert (shown["image_url"], shown["image_alt"], shown["image_width"]) == (FAR, "", None)
    assert not post.image
    assert not stored()


def test_put_without_an_image_leaves_none(post: Post) -> None:
    assert change(post, "put", content="Look!")["image_url"] is None
    assert not stored()


def test_nobody_puts_a_file_of_the_site_s_into_a_post_by_its_address(post: Post) -> None:
    other = PostFactory.create()
    body = {"image_url": f"/media/{post.image.name}"}
    response = call(signed_in(other.author), "patch", f"/api/posts/{other.pk}/", body)
    assert fields(response) == {"image_url"}
