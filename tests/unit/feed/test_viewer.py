"""`GET /api/viewer/posts/`: what the viewer did, which is nobody else's business."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from posts.models import Mute
from tests.factories import LikeFactory, PostFactory, UserFactory, permitted
from tests.unit.feed.reading import bearer, get, refused_fields

pytestmark = pytest.mark.django_db

PATH = "/api/viewer/posts/?ids="


def test_it_tells_which_posts_the_viewer_likes_may_edit_and_does_not_want_to_see() -> None:
    ada, bob = UserFactory.create_batch(2)
    own, other, third = PostFactory.create(author=ada), *PostFactory.create_batch(2, author=bob)
    LikeFactory.create(user=ada, post=other)
    LikeFactory.create(user=bob, post=own)
    Mute.objects.create(user=bob, muted=ada)
    ids = f"{third.pk}, {other.pk},{own.pk},,{own.pk},{10**17}"
    answer = get(PATH + ids, headers=bearer(ada))
    assert answer.json() == {
        "liked": [str(other.pk)],
        "editable": [str(own.pk)],
        "muted": [],
    }
    assert answer["Cache-Control"] == "private, no-store"
    assert get(PATH + ids, headers=bearer(bob)).json() == {
        "liked": [str(own.pk)],
        "editable": [str(other.pk), str(third.pk)],
        "muted": [str(own.pk)],
    }


def test_a_like_is_there_at_once_for_who_gave_it() -> None:
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


def test_signed_out_it_is_a_401() -> None:
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
def test_what_are_no_ids_is_a_problem_that_names_the_field(query: str) -> None:
    answer = get(f"/api/viewer/posts/{query}", headers=bearer(UserFactory.create()))
    assert refused_fields(answer) == ["ids"]


def test_a_hundred_ids_are_not_too_many() -> None:
    path = PATH + ",".join(map(str, range(100)))
    answer = get(path, headers=bearer(UserFactory.create()))
    assert answer.json() == {"liked": [], "editable": [], "muted": []}


def test_powers_cost_a_page_no_query_once_they_are_known() -> None:
    post = PostFactory.create()
    client = Client()
    client.force_login(permitted("delete_comment"))
    for path in ("/", f"/posts/{post.pk}/", "/search/"):
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        assert not [query for query in queries if "permission" in query["sql"]]
