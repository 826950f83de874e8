"""Posts and likes through the API; comments and tokens have files of their own."""

from typing import Any

import pytest
from django.test import Client

from posts.models import Like, Post
from tests.factories import CommentFactory, LikeFactory, PostFactory, UserFactory, permitted
from tests.unit.posts.calls import (
    BAD_CONTENT,
    HELLO,
    JSON,
    OF_A_POST,
    call,
    fields,
    problem,
    signed_in,
)

pytestmark = pytest.mark.django_db

BEYOND_BIGINT = 99_999_999_999_999_999_999
WRITES: list[tuple[str, str, Any]] = [
    ("post", "/api/posts/", HELLO),
    *OF_A_POST,
    ("delete", "/api/comments/{comment}/", None),
    ("delete", "/api/auth/token/", None),
]


def test_a_post_is_written_and_read_back() -> None:
    author = UserFactory.create(username="ada", first_name="Ada", last_name="Lovelace")
    body = {"content": "  Notes on the engine\n", "image_url": None}

    response = signed_in(author).post("/api/posts/", body, content_type=JSON)

    post = Post.objects.get()
    assert response.status_code == 201
    assert response["Location"] == f"/api/posts/{post.pk}/"
    assert response.json() == {
        "id": str(post.pk),
        "content": "Notes on the engine",
        "user": {
            "id": str(author.pk),
            "username": "ada",
            "display_name": "Ada Lovelace",
            "avatar_url": None,
        },
        "user_id": str(author.pk),
        "image_url": None,
        "image_alt": "",
        "image_width": None,
        "image_height": None,
        "created_at": post.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "updated_at": post.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "edited": False,
        "likes_count": 0,
        "comments_count": 0,
        "url": f"/posts/{post.pk}/",
    }
    assert Client().get(response["Location"]).json() == response.json()


def test_a_post_of_the_longest_length_is_taken_whatever_its_letters() -> None:
    response = call(signed_in(), "post", "/api/posts/", {"content": f" {'😀' * 5_000} "})
    assert response.status_code == 201
    assert response.json()["content"] == "😀" * 5_000


def test_what_a_client_may_not_set_is_ignored() -> None:
    author, other = UserFactory.create_batch(2)
    body = {**HELLO, "id": "7", "user_id": str(other.pk), "author": other.pk, "likes_count": 9}
    body |= {"created_at": "2001-01-01T00:00:00Z", "external_id": "x", "unknown": [1]}

    shown = call(signed_in(author), "post", "/api/posts/", body).json()

    assert (shown["user_id"], shown["likes_count"]) == (str(author.pk), 0)
    assert not shown["created_at"].startswith("2001")
    assert Post.objects.get(pk=shown["id"]).external_id is None


@pytest.mark.parametrize("content", BAD_CONTENT, ids=repr)
@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_bad_content_is_refused_by_name(method: str, content: Any) -> None:
    post = PostFactory.create()
    path = "/api/posts/" if method == "post" else f"/api/posts/{post.pk}/"
    response = call(signed_in(post.author), method, path, {"content": content})
    assert fields(response) == {"content"}


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/a.png",
        "http://example.org/a.png",
        "ftp://example.org/a.png",
        "javascript:alert(1)",
        "//example.org/a.png",
        "https://",
        "https://example.org/" + "a" * 500,
        "https://example.org/\0",
        7,
        True,
        ["https://example.org/a.png"],
    ],
    ids=lambda address: repr(address)[:40],
)
def test_an_image_address_is_refused_by_name(address: Any) -> None:
    body = {**HELLO, "image_url": address}
    assert fields(call(signed_in(), "post", "/api/posts/", body)) == {"image_url"}


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_writing_needs_signing_in(method: str, path: str, body: Any) -> None:
    comment = CommentFactory.create()
    path = path.format(post=comment.post_id, comment=comment.pk)

    response = call(Client(), method, path, body)

    problem(response, 401)
    assert response["WWW-Authenticate"] == "Bearer"
    assert "no-store" in response["Cache-Control"]
    assert (Post.objects.count(), Like.objects.count()) == (1, 0)


@pytest.mark.parametrize(("method", "body"), [("put", HELLO), ("patch", HELLO), ("delete", None)])
def test_nobody_edits_or_deletes_what_another_wrote(method: str, body: Any) -> None:
    post = PostFactory.create(content="Mine")
    response = call(signed_in(), method, f"/api/posts/{post.pk}/", body)
    problem(response, 403)
    post.refresh_from_db()
    assert post.content == "Mine"


@pytest.mark.parametrize(("method", "body"), [("put", HELLO), ("patch", HELLO), ("delete", None)])
@pytest.mark.parametrize("who", ["author", "moderator"])
def test_the_author_and_a_moderator_edit_and_delete(who: str, method: str, body: Any) -> None:
    post = PostFactory.create()
    user = post.author if who == "author" else permitted("change_post", "delete_post")
    response = call(signed_in(user), method, f"/api/posts/{post.pk}/", body)
    if method == "delete":
        assert (response.status_code, response.content) == (204, b"")
        assert not Post.objects.exists()
    else:
        shown = response.json()
        assert (response.status_code, shown["content"], shown["edited"]) == (200, "Hello", True)
        assert shown["user_id"] == str(post.author_id)
        assert Client().get(f"/api/posts/{post.pk}/").json() == shown


@pytest.mark.parametrize(
    ("method", "path", "body"), [*OF_A_POST, ("get", "/api/posts/{post}/", None)]
)
def test_a_post_of_a_deactivated_author_is_found_by_nobody(
    method: str, path: str, body: Any
) -> None:
    post = PostFactory.create(author__is_active=False)
    client = signed_in(UserFactory.create(is_staff=True))
    problem(call(client, method, path.format(post=post.pk), body), 404)


@pytest.mark.parametrize("pk", [123_456, 2**63 - 1, 2**63, BEYOND_BIGINT, "9" * 5_000, "x", "-1"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        *OF_A_POST,
        ("get", "/api/posts/{post}/", None),
        ("get", "/api/posts/{post}/comments/", None),
        ("delete", "/api/comments/{post}/", None),
    ],
)
def test_what_does_not_exist_is_not_found(method: str, path: str, body: Any, pk: int | str) -> None:
    problem(call(signed_in(), method, path.format(post=pk), body), 404)


def test_putting_replaces_and_patching_changes_only_what_is_named() -> None:
    post = PostFactory.create(image_url="https://example.org/a.png")
    client, path = signed_in(post.author), f"/api/posts/{post.pk}/"

    assert call(client, "patch", path, HELLO).json()["image_url"] == "https://example.org/a.png"
    other = {"image_url": "https://example.org/b.png"}
    assert fields(call(client, "patch", path, other)) == {"image_url"}
    assert call(client, "put", path, HELLO).json()["image_url"] is None
    assert fields(call(client, "put", path, {"image_url": None})) == {"content"}


@pytest.mark.parametrize("none", [None, "", " "])
def test_an_image_is_taken_away_by_null_or_nothing(none: Any) -> None:
    post = PostFactory.create(image_url="https://example.org/a.png")
    path = f"/api/posts/{post.pk}/"
    shown = call(signed_in(post.author), "patch", path, {"image_url": none}).json()
    assert (shown["image_url"], shown["content"]) == (None, post.content)


@pytest.mark.parametrize("body", [{}, {"unknown": 1}, "same"])
def test_a_change_of_nothing_is_no_edit(body: Any) -> None:
    post = PostFactory.create()
    body = {"content": f" {post.content} "} if body == "same" else body
    response = call(signed_in(post.author), "patch", f"/api/posts/{post.pk}/", body)
    assert (response.status_code, response.json()["edited"]) == (200, False)


def test_an_edited_post_keeps_its_counts() -> None:
    post = LikeFactory.create().post
    CommentFactory.create_batch(2, post=post)
    shown = call(signed_in(post.author), "patch", f"/api/posts/{post.pk}/", HELLO).json()
    assert (shown["likes_count"], shown["comments_count"]) == (1, 2)


def test_a_like_is_set_and_unset_and_never_toggled() -> None:
    post = LikeFactory.create().post
    client, path = signed_in(), f"/api/posts/{post.pk}/like/"
    for _ in range(2):
        assert client.put(path).json() == {"liked": True, "likes_count": 2}
    for _ in range(2):
        response = client.delete(path)
        assert (response.status_code, response.json()) == (200, {"liked": False, "likes_count": 1})


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("get", "/api/posts/", "POST"),
        ("put", "/api/posts/", "POST"),
        ("post", "/api/posts/1/", "GET, PUT, PATCH, DELETE"),
        ("get", "/api/posts/1/like/", "PUT, DELETE"),
        ("post", "/api/posts/1/like/", "PUT, DELETE"),
        ("put", "/api/posts/1/comments/", "GET, POST"),
        ("get", "/api/comments/1/", "DELETE"),
        ("get", "/api/auth/token/", "POST, DELETE"),
    ],
)
def test_a_method_that_is_not_offered_is_refused_with_those_that_are(
    method: str, path: str, allowed: str
) -> None:
    response = call(signed_in(), method, path)
    problem(response, 405)
    assert set(response["Allow"].split(", ")) - {"HEAD", "OPTIONS"} == {*allowed.split(", ")}


def test_an_answer_is_asked_about_again_and_private_when_somebody_is_signed_in() -> None:
    post = PostFactory.create()
    path = f"/api/posts/{post.pk}/"
    assert Client().get(path)["Cache-Control"] == "no-cache"
    assert signed_in().get(path)["Cache-Control"] == "private, no-cache"
    assert signed_in().put(f"{path}like/")["Cache-Control"] == "private, no-cache"
    assert call(signed_in(post.author), "patch", path, HELLO)["Cache-Control"] == (
        "private, no-cache"
    )
