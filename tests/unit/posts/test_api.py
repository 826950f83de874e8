"""Posts and likes through the API. Comments and tokens: see their files."""

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


def test_new_post_is_read_back_as_sent() -> None:
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
        "content_warning": "",
        "image_alt": "",
        "image_width": None,
        "image_height": None,
        "images": [],
        "created_at": post.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "updated_at": post.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "edited": False,
        "likes_count": 0,
        "comments_count": 0,
        "url": f"/posts/{post.pk}/",
    }
    assert Client().get(response["Location"]).json() == response.json()


def test_longest_post_is_accepted_in_any_script() -> None:
    response = call(signed_in(), "post", "/api/posts/", {"content": f" {'😀' * 5_000} "})
    assert response.status_code == 201
    assert response.json()["content"] == "😀" * 5_000


def test_fields_that_a_client_may_not_set_are_refused_by_name() -> None:
    author, other = UserFactory.create_batch(2)
    foreign = {"id": "7", "user_id": str(other.pk), "author": other.pk, "likes_count": 9}
    foreign |= {"created_at": "2001-01-01T00:00:00Z", "external_id": "x", "a~/b": [1]}
    answer = call(signed_in(author), "post", "/api/posts/", {**HELLO, **foreign})
    assert fields(answer) == {*foreign}
    assert "#/a~0~1b" in {error["pointer"] for error in answer.json()["errors"]}
    assert not Post.objects.exists()


def test_read_only_fields_are_ignored_in_an_edit_and_unknown_ones_refused() -> None:
    post, other = PostFactory.create(), UserFactory.create()
    client, path = signed_in(post.author), f"/api/posts/{post.pk}/"
    shown = call(client, "patch", path, {"user_id": str(other.pk), "likes_count": 9}).json()
    assert (shown["user_id"], shown["likes_count"]) == (str(post.author_id), 0)
    assert fields(call(client, "patch", path, {"external_id": "x", **HELLO})) == {"external_id"}
    assert fields(call(client, "post", f"{path}comments/", {"text": "x", **HELLO})) == {"text"}


@pytest.mark.parametrize("content", BAD_CONTENT, ids=repr)
@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_invalid_content_is_refused_by_field_name(method: str, content: Any) -> None:
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
def test_image_url_is_refused_by_field_name(address: Any) -> None:
    body = {**HELLO, "image_url": address}
    assert fields(call(signed_in(), "post", "/api/posts/", body)) == {"image_url"}


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_writing_requires_sign_in(method: str, path: str, body: Any) -> None:
    comment = CommentFactory.create()
    path = path.format(post=comment.post_id, comment=comment.pk)

    response = call(Client(), method, path, body)

    problem(response, 401)
    assert response["WWW-Authenticate"] == "Bearer"
    assert "no-store" in response["Cache-Control"]
    assert (Post.objects.count(), Like.objects.count()) == (1, 0)


@pytest.mark.parametrize(("method", "body"), [("put", HELLO), ("patch", HELLO), ("delete", None)])
def test_other_users_can_not_edit_or_delete_a_post(method: str, body: Any) -> None:
    post = PostFactory.create(content="Mine")
    response = call(signed_in(), method, f"/api/posts/{post.pk}/", body)
    problem(response, 403)
    post.refresh_from_db()
    assert post.content == "Mine"


@pytest.mark.parametrize(("method", "body"), [("put", HELLO), ("patch", HELLO), ("delete", None)])
@pytest.mark.parametrize("role", ["author", "moderator"])
def test_author_and_moderator_edit_and_delete_a_post(role: str, method: str, body: Any) -> None:
    post = PostFactory.create()
    user = post.author if role == "author" else permitted("change_post", "delete_post")
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
def test_post_of_deactivated_author_is_not_found(method: str, path: str, body: Any) -> None:
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
def test_missing_object_is_not_found(method: str, path: str, body: Any, pk: int | str) -> None:
    problem(call(signed_in(), method, path.format(post=pk), body), 404)


def test_put_replaces_all_fields_and_patch_only_those_sent() -> None:
    post = PostFactory.create(image_url="https://example.org/a.png")
    client, path = signed_in(post.author), f"/api/posts/{post.pk}/"

    assert call(client, "patch", path, HELLO).json()["image_url"] == "https://example.org/a.png"
    other = {"image_url": "https://example.org/b.png"}
    assert fields(call(client, "patch", path, other)) == {"image_url"}
    assert call(client, "put", path, HELLO).json()["image_url"] is None
    assert fields(call(client, "put", path, {"image_url": None})) == {"content"}


@pytest.mark.parametrize("none", [None, "", " "])
def test_null_or_blank_image_url_removes_the_image(none: Any) -> None:
    post = PostFactory.create(image_url="https://example.org/a.png")
    path = f"/api/posts/{post.pk}/"
    shown = call(signed_in(post.author), "patch", path, {"image_url": none}).json()
    assert (shown["image_url"], shown["content"]) == (None, post.content)


@pytest.mark.parametrize("body", [{}, {"likes_count": 1}, "same"])
def test_patch_without_a_change_is_no_edit(body: Any) -> None:
    post = PostFactory.create()
    body = {"content": f" {post.content} "} if body == "same" else body
    response = call(signed_in(post.author), "patch", f"/api/posts/{post.pk}/", body)
    assert (response.status_code, response.json()["edited"]) == (200, False)


def test_edited_post_keeps_its_counts() -> None:
    post = LikeFactory.create().post
    CommentFactory.create_batch(2, post=post)
    shown = call(signed_in(post.author), "patch", f"/api/posts/{post.pk}/", HELLO).json()
    assert (shown["likes_count"], shown["comments_count"]) == (1, 2)


def test_repeated_like_or_unlike_changes_nothing() -> None:
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
        ("post", "/api/comments/1/", "GET, PUT, PATCH, DELETE"),
        ("get", "/api/comments/1/like/", "PUT, DELETE"),
        ("get", "/api/auth/token/", "POST, DELETE"),
    ],
)
def test_unsupported_method_is_refused_with_the_allowed_ones(
    method: str, path: str, allowed: str
) -> None:
    response = call(signed_in(), method, path)
    problem(response, 405)
    assert set(response["Allow"].split(", ")) - {"HEAD", "OPTIONS"} == {*allowed.split(", ")}


def test_answer_is_revalidated_and_private_for_signed_in_users() -> None:
    post = PostFactory.create()
    path = f"/api/posts/{post.pk}/"
    assert Client().get(path)["Cache-Control"] == "no-cache"
    assert signed_in().get(path)["Cache-Control"] == "private, no-cache"
    assert signed_in().put(f"{path}like/")["Cache-Control"] == "private, no-cache"
    assert call(signed_in(post.author), "patch", path, HELLO)["Cache-Control"] == (
        "private, no-cache"
    )
