"""Comments through the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from posts.models import Comment
from tests.factories import (
    CommentFactory,
    CommentLikeFactory,
    PostFactory,
    UserFactory,
    permitted,
)
from tests.unit.posts.calls import BAD_CONTENT, HELLO, JSON, call, fields, problem, signed_in

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2001, 2, 3, 4, 5, 6, 7, tzinfo=UTC)


def test_new_comment_is_read_back_as_sent() -> None:
    post, reader = PostFactory.create(), UserFactory.create(display_name="A reader")

    response = call(
        signed_in(reader), "post", f"/api/posts/{post.pk}/comments/", {"content": " Yes!\n"}
    )

    comment = Comment.objects.get()
    assert response.status_code == 201
    assert response["Location"] == f"/api/comments/{comment.pk}/"
    assert response.json() == {
        "id": str(comment.pk),
        "post_id": str(post.pk),
        "content": "Yes!",
        "user": {
            "id": str(reader.pk),
            "username": reader.username,
            "display_name": "A reader",
            "avatar_url": None,
        },
        "user_id": str(reader.pk),
        "reply_to": None,
        "created_at": comment.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "updated_at": comment.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "edited": False,
        "likes_count": 0,
    }
    page = Client().get(f"/api/posts/{post.pk}/comments/").json()
    assert page == {"comments": [response.json()], "next": None}
    assert Client().get(f"/api/posts/{post.pk}/").json()["comments_count"] == 1


def test_comment_can_reply_to_a_comment_on_the_same_post() -> None:
    comment = CommentFactory.create()
    path = f"/api/posts/{comment.post_id}/comments/"
    body = {"content": "So do I.", "reply_to": str(comment.pk)}
    answer = call(signed_in(), "post", path, body).json()
    assert answer["reply_to"] == str(comment.pk)
    assert Comment.objects.get(pk=answer["id"]).reply_to == comment
    assert call(signed_in(), "post", path, {**HELLO, "reply_to": None}).json()["reply_to"] is None
    comment.delete()
    (first, _) = Client().get(path).json()["comments"]
    assert (first["id"], first["reply_to"]) == (answer["id"], None)


@pytest.mark.parametrize("reply_to", ["0", "x", "", "9" * 30, 7, ["1"], "elsewhere", "hidden"])
def test_reply_to_other_than_a_visible_comment_of_the_post_is_refused(reply_to: Any) -> None:
    post = PostFactory.create()
    found = {
        "elsewhere": CommentFactory.create(),
        "hidden": CommentFactory.create(post=post, author__is_active=False),
    }
    target = str(found[reply_to].pk) if str(reply_to) in found else reply_to
    before = Comment.objects.count()
    path = f"/api/posts/{post.pk}/comments/"
    assert fields(call(signed_in(), "post", path, {**HELLO, "reply_to": target})) == {"reply_to"}
    assert Comment.objects.count() == before


@pytest.mark.parametrize("content", [*BAD_CONTENT, "x" * 2_001], ids=lambda c: repr(c)[:30])
def test_invalid_comment_is_refused_by_field_name(content: Any) -> None:
    path = f"/api/posts/{PostFactory.create().pk}/comments/"
    assert fields(call(signed_in(), "post", path, {"content": content})) == {"content"}
    assert not Comment.objects.exists()


@pytest.mark.parametrize("limit", [1, 4, 5, 50])
def test_following_next_gives_each_comment_once_and_in_order(limit: int) -> None:
    post = PostFactory.create()
    # The last id first: the order of the table must not be the right one by accident.
    same_moment = [
        CommentFactory.create(pk=pk, post=post, created_at=LONG_AGO)
        for pk in range(1_009, 1_000, -1)
    ]
    later = CommentFactory.create(post=post)
    first = CommentFactory.create(post=post, created_at=LONG_AGO.replace(year=2000))
    CommentFactory.create(post=post, author__is_active=False)
    CommentFactory.create()

    seen, query = [], {"limit": limit}
    while True:
        page = Client().get(f"/api/posts/{post.pk}/comments/", query).json()
        assert len(page["comments"]) <= limit
        seen += [comment["id"] for comment in page["comments"]]
        CommentFactory.create(post=post, created_at=LONG_AGO.replace(year=1999))
        if page["next"] is None:
            break
        query["cursor"] = page["next"]

    assert seen == [str(comment.pk) for comment in [first, *reversed(same_moment), later]]


def test_page_has_twenty_comments_by_default() -> None:
    post = PostFactory.create()
    CommentFactory.create_batch(21, post=post)
    page = Client().get(f"/api/posts/{post.pk}/comments/").json()
    assert len(page["comments"]) == 20
    assert page["next"]


def test_number_of_queries_does_not_depend_on_number_of_comments(
    django_assert_num_queries: Any,
) -> None:
    post = PostFactory.create()
    CommentFactory.create_batch(10, post=post)
    with django_assert_num_queries(2):
        Client().get(f"/api/posts/{post.pk}/comments/")


@pytest.mark.parametrize("limit", ["0", "51", "-1", "x", "1.5", "9" * 400])
def test_limit_out_of_bounds_is_refused(limit: str) -> None:
    path = f"/api/posts/{PostFactory.create().pk}/comments/"
    assert fields(Client().get(path, {"limit": limit})) == {"limit"}


def test_cursor_of_an_earlier_release_is_still_read() -> None:
    post = PostFactory.create()
    first, second = CommentFactory.create_batch(2, post=post)
    since_1970 = first.created_at - datetime(1970, 1, 1, tzinfo=UTC)
    microseconds = since_1970 // timedelta(microseconds=1)
    path = f"/api/posts/{post.pk}/comments/"
    page = Client().get(path, {"cursor": f"{microseconds}-{first.pk}"}).json()
    assert [comment["id"] for comment in page["comments"]] == [str(second.pk)]


@pytest.mark.parametrize("cursor", ["x", "1", "1-", "-1-1", "1-9223372036854775808", "1-1\0"])
def test_invalid_cursor_is_refused(cursor: str) -> None:
    path = f"/api/posts/{PostFactory.create().pk}/comments/"
    assert fields(Client().get(path, {"cursor": cursor})) == {"cursor"}


def test_cursor_works_after_its_comment_is_deleted() -> None:
    post = PostFactory.create()
    first, second = CommentFactory.create_batch(2, post=post)
    path = f"/api/posts/{post.pk}/comments/"
    cursor = Client().get(path, {"limit": 1}).json()["next"]
    first.delete()
    [comment] = Client().get(path, {"cursor": cursor}).json()["comments"]
    assert comment["id"] == str(second.pk)


@pytest.mark.parametrize(
    ("who", "status"), [("author", 204), ("moderator", 204), ("staff", 403), ("stranger", 403)]
)
def test_only_author_and_moderator_delete_a_comment(who: str, status: int) -> None:
    comment = CommentFactory.create()
    user = {
        "author": lambda: comment.author,
        "moderator": lambda: permitted("delete_comment"),
        "staff": lambda: permitted("delete_post", "change_comment", is_staff=True),
        "stranger": UserFactory.create,
    }[who]()
    response = signed_in(user).delete(f"/api/comments/{comment.pk}/")
    assert response.status_code == status
    assert Comment.objects.exists() is (status == 403)
    if status == 403:
        problem(response, 403)


@pytest.mark.parametrize("hidden", ["author__is_active", "post__author__is_active"])
def test_hidden_comment_is_not_found(hidden: str) -> None:
    comment = CommentFactory.create(**{hidden: False})
    moderator = signed_in(permitted("delete_comment"))
    problem(moderator.delete(f"/api/comments/{comment.pk}/"), 404)


def test_comments_of_hidden_post_are_not_found() -> None:
    comment = CommentFactory.create(post__author__is_active=False)
    path = f"/api/posts/{comment.post_id}/comments/"
    problem(Client().get(path), 404)
    problem(call(signed_in(), "post", path, HELLO), 404)


# --- Editing -------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["put", "patch"])
def test_author_edits_a_comment(method: str) -> None:
    comment = CommentFactory.create(content="Teh cat.")
    reply = CommentFactory.create(post=comment.post, reply_to=comment, author=comment.author)
    client, path = signed_in(comment.author), f"/api/comments/{reply.pk}/"
    CommentLikeFactory.create(comment=reply)
    before = client.get(path).json()

    answer = call(client, method, path, {"content": " The cat.\n", "reply_to": None})

    assert answer.status_code == 200
    reply.refresh_from_db()
    assert reply.content == "The cat."
    shown = answer.json()
    assert shown["edited"]
    assert shown["updated_at"] > before["updated_at"] == shown["created_at"]
    changed = {"content": "The cat.", "edited": True, "updated_at": shown["updated_at"]}
    assert shown == {**before, **changed}
    assert (shown["likes_count"], shown["reply_to"]) == (1, str(comment.pk))
    again = client.get(path)
    assert (again.json(), again["ETag"]) == (shown, answer["ETag"])
    assert call(client, method, path, {"content": "The cat."}).json() == shown


@pytest.mark.parametrize("who", ["moderator", "stranger", "nobody", "suspended"])
@pytest.mark.parametrize("method", ["put", "patch"])
def test_only_its_author_edits_a_comment(method: str, who: str) -> None:
    comment = CommentFactory.create()
    author = signed_in(comment.author)
    client = {
        "moderator": lambda: signed_in(permitted("delete_comment", "change_comment")),
        "stranger": signed_in,
        "nobody": Client,
        "suspended": lambda: author,
    }[who]()
    if who == "suspended":
        comment.author.is_active = False
        comment.author.save()
    answer = call(client, method, f"/api/comments/{comment.pk}/", HELLO)
    assert answer.status_code == (401 if who in {"nobody", "suspended"} else 403)
    before = comment.content
    comment.refresh_from_db()
    assert (comment.content, comment.edited_at) == (before, None)


@pytest.mark.parametrize("method", ["put", "patch"])
@pytest.mark.parametrize("content", [*BAD_CONTENT, "x" * 2_001], ids=lambda c: repr(c)[:30])
def test_invalid_text_is_refused_by_field_name(method: str, content: Any) -> None:
    comment = CommentFactory.create()
    path = f"/api/comments/{comment.pk}/"
    client = signed_in(comment.author)
    assert fields(call(client, method, path, {"content": content})) == {"content"}
    assert Comment.objects.get().edited_at is None


def test_edit_of_an_older_version_is_refused() -> None:
    comment = CommentFactory.create()
    client, path = signed_in(comment.author), f"/api/comments/{comment.pk}/"
    old = client.get(path)["ETag"]
    CommentLikeFactory.create(comment=comment)
    tagged = client.get(path)
    assert tagged["ETag"] != old
    body, headers = {"content": "First"}, {"If-Match": old}
    first = client.patch(path, body, content_type=JSON, headers=headers)
    assert first.status_code == 200, "a like is no newer version"
    # Sent again, because the answer was lost.
    assert client.patch(path, body, content_type=JSON, headers=headers).status_code == 200
    stale = client.put(path, {"content": "Second"}, content_type=JSON, headers=headers)
    assert problem(stale, 412)["code"] == "newer_version"
    stale = client.delete(path, headers=headers)
    assert problem(stale, 412)["code"] == "newer_version"
    assert Comment.objects.get().content == "First"
    assert client.delete(path, headers={"If-Match": first["ETag"]}).status_code == 204


# --- Likes ---------------------------------------------------------------------------------------


def test_repeated_like_or_unlike_of_a_comment_changes_nothing() -> None:
    comment = CommentLikeFactory.create().comment
    client, path = signed_in(comment.author), f"/api/comments/{comment.pk}/like/"
    for _ in range(2):
        assert client.put(path).json() == {"liked": True, "likes_count": 2}
    for _ in range(2):
        assert client.delete(path).json() == {"liked": False, "likes_count": 1}
    page = Client().get(f"/api/posts/{comment.post_id}/comments/").json()
    assert [one["likes_count"] for one in page["comments"]] == [1]


@pytest.mark.parametrize("hidden", ["author__is_active", "post__author__is_active"])
@pytest.mark.parametrize("method", ["get", "put", "patch"])
def test_hidden_comment_is_neither_read_nor_edited_nor_liked(hidden: str, method: str) -> None:
    comment = CommentFactory.create(**{hidden: False})
    reader = signed_in()
    problem(call(reader, method, f"/api/comments/{comment.pk}/", HELLO), 404)
    for send in (reader.put, reader.delete):
        problem(send(f"/api/comments/{comment.pk}/like/"), 404)


def test_like_of_a_comment_needs_a_sign_in() -> None:
    path = f"/api/comments/{CommentFactory.create().pk}/like/"
    problem(Client().put(path), 401)
    problem(signed_in().put("/api/comments/99999999999999999999/like/"), 404)
