"""`GET /api/viewer/posts/` and `/comments/`: a viewer's own marks."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from posts.models import Mute
from tests.factories import (
    CommentFactory,
    CommentLikeFactory,
    LikeFactory,
    PostFactory,
    UserFactory,
    permitted,
)
from tests.unit.feed.reading import bearer, get, refused_fields

pytestmark = pytest.mark.django_db

PATH = "/api/viewer/posts/?ids="


def test_response_lists_liked_editable_and_muted_posts() -> None:
    ada, bob = UserFactory.create_batch(2)
    written, other, third = PostFactory.create(author=ada), *PostFactory.create_batch(2, author=bob)
    LikeFactory.create(user=ada, post=other)
    LikeFactory.create(user=bob, post=written)
    Mute.objects.create(user=bob, muted=ada)
    ids = f"{third.pk}, {other.pk},{written.pk},,{written.pk},{10**17}"
    answer = get(PATH + ids, headers=bearer(ada))
    assert answer.json() == {
        "liked": [str(other.pk)],
        "editable": [str(written.pk)],
        "muted": [],
    }
    assert answer["Cache-Control"] == "private, no-store"
    assert get(PATH + ids, headers=bearer(bob)).json() == {
        "liked": [str(written.pk)],
        "editable": [str(other.pk), str(third.pk)],
        "muted": [str(written.pk)],
    }


def test_response_lists_liked_editable_and_muted_comments() -> None:
    ada, bob = UserFactory.create_batch(2)
    written, other = (CommentFactory.create(author=author) for author in (ada, bob))
    CommentLikeFactory.create(user=ada, comment=other)
    CommentLikeFactory.create(user=bob, comment=written)
    Mute.objects.create(user=ada, muted=bob)
    path = f"/api/viewer/comments/?ids={written.pk},{other.pk}"
    answer = get(path, headers=bearer(ada))
    assert answer["Cache-Control"] == "private, no-store"
    assert answer.json() == {
        "liked": [str(other.pk)],
        "editable": [str(written.pk)],
        "muted": [str(other.pk)],
    }
    moderator = permitted("change_comment", "delete_comment")
    assert get(path, headers=bearer(moderator)).json()["editable"] == []
    assert get(path).status_code == 401
    assert refused_fields(get(f"{path},x", headers=bearer(ada))) == ["ids"]


def test_own_like_is_listed_at_once() -> None:
    post = PostFactory.create()
    client = Client()
    client.force_login(post.author)
    for method, liked in (("put", [str(post.pk)]), ("delete", [])):
        send: Callable[..., Any] = getattr(client, method)
        assert send(f"/api/posts/{post.pk}/like/").status_code < 300
        assert client.get(f"{PATH}{post.pk}").json()["liked"] == liked


@pytest.mark.parametrize(
    ("permissions", "all_of_them"),
    [(["change_post"], True), (["delete_post"], False), ([], False)],
)
def test_a_moderator_may_edit_every_post(permissions: list[str], all_of_them: bool) -> None:
    posts = PostFactory.create_batch(3)
    answer = get(
        PATH + ",".join(str(post.pk) for post in posts),
        headers=bearer(permitted(*permissions, is_staff=True)),
    )
    editable = [str(post.pk) for post in posts] if all_of_them else []
    assert answer.json()["editable"] == editable


def test_signed_out_request_is_refused() -> None:
    for answer in (get(PATH + "1"), get(PATH + "1", headers={"Authorization": "Bearer wrong"})):
        assert answer.status_code == 401
        assert answer["Content-Type"] == "application/problem+json"
        assert answer["Cache-Control"] == "no-store"
        assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?ids=",
        "?ids=a",
        "?ids=1,-2",
        "?ids=1.5",
        "?ids=%00",
        "?ids=٣",  # a digit, but none of ours
        "?ids=9223372036854775808",
        "?ids=99999999999999999999",
        "?ids=1&ids=2",
        f"?ids={','.join(['1'] * 101)}",
    ],
)
def test_malformed_ids_are_refused_by_field(query: str) -> None:
    answer = get(f"/api/viewer/posts/{query}", headers=bearer(UserFactory.create()))
    assert refused_fields(answer) == ["ids"]


def test_hundred_ids_are_accepted() -> None:
    path = PATH + ",".join(map(str, range(100)))
    answer = get(path, headers=bearer(UserFactory.create()))
    assert answer.json() == {"liked": [], "editable": [], "muted": []}


def test_known_powers_cost_no_query() -> None:
    post = PostFactory.create()
    client = Client()
    client.force_login(permitted("delete_comment"))
    for path in ("/", f"/posts/{post.pk}/", "/search/"):
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        assert not [query for query in queries if "permission" in query["sql"]]
