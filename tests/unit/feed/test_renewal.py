"""Renewed responses: equal to those of Django, without Django's request handling."""

import json
from collections.abc import Iterator

import brotli
import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import OperationalError
from django.urls import set_script_prefix
from pytest_django import Settings

from feed import queries
from feed.cache import feed_cache
from feed.cursors import Cursor
from feed.pages import NEWEST_QUERY
from freshcache.front_door.door import FrontDoor
from freshcache.front_door.renewal import MAX_EXAMPLES, Renewal
from posts.models import Post
from tests.factories import CommentFactory, PostFactory, UserFactory
from tests.unit.feed.door import Door, stopped_clock
from tests.unit.feed.reading import bearer

pytestmark = pytest.mark.django_db(transaction=True)

FEED = "/api/feed/"


@pytest.fixture
def door() -> Door:
    """A front door with renewal, as in feedsite/wsgi.py."""
    feed_cache().self_check.due_at = float("inf")
    stopped_clock()
    door = Door()
    door.front = FrontDoor(
        Renewal(door._count),
        memory_bytes=settings.FEED["FRONT_DOOR_BYTES"],
        newest_query=NEWEST_QUERY,
    )
    return door


@pytest.fixture
def post() -> Post:
    post: Post = PostFactory.create(author__username="ada", content="FIRST #one")
    CommentFactory.create(post=post)
    return post


@pytest.fixture
def signals() -> Iterator[list[str]]:
    sent: list[str] = []

    def started(**_: object) -> None:
        sent.append("started")

    def finished(**_: object) -> None:
        sent.append("finished")

    request_started.connect(started)
    request_finished.connect(finished)
    yield sent
    request_started.disconnect(started)
    request_finished.disconnect(finished)


def test_every_renewed_response_equals_that_of_django(door: Door, post: Post) -> None:
    PostFactory.create_batch(20)
    older = json.loads(door.get(FEED).body)["next"]
    paths = [FEED, f"{FEED}?limit=5", f"{FEED}?cursor={older}", "/", f"/?cursor={older}"]
    paths += ["/authors/ada/", f"/posts/{post.pk}/"]
    for path in paths:
        door.get(path)
        post.content += " changed"
        post.save()
        answer = door.get(path)
        assert not answer.by_django, path
        assert "fwd=miss; stored" in answer.headers["Cache-Status"], path
        django = door.django(path)
        assert (answer.status, answer.body) == (200, django.body), path
        assert answer.lasting() == django.lasting(), path
        assert answer.headers["Vary"] == f"{django.headers['Vary']}, Accept-Encoding"
        assert 'detail="front door' in door.get(path).headers["Cache-Status"], path


def test_renewed_page_shows_the_change(door: Door, post: Post) -> None:
    door.get("/")
    PostFactory.create(content="SECOND")
    answer = door.get("/")
    assert not answer.by_django
    assert b"SECOND" in answer.body


def test_first_request_for_a_page_is_answered_by_django(door: Door, post: Post) -> None:
    assert door.get("/").by_django
    assert door.get("/authors/ada/").by_django


def test_reader_with_credentials_is_answered_by_django(door: Door, post: Post) -> None:
    headers = ({"Authorization": bearer(post.author)}, {"Cookie": "sessionid=1"})
    for path in (FEED, "/"):
        for credentials in headers:
            door.get(path)
            post.save()
            assert door.get(path, **credentials).by_django


def test_tags_are_answered_by_django_which_counts_such_reads(door: Door, post: Post) -> None:
    door.get("/tags/one/")
    post.save()
    assert door.get("/tags/one/").by_django


def test_page_whose_subject_is_gone_is_answered_by_django(door: Door, post: Post) -> None:
    for path in (f"/posts/{post.pk}/", "/authors/ada/"):
        assert door.get(path).status == 200
    UserFactory.create(username="eve")
    post.author.delete()
    for path in (f"/posts/{post.pk}/", "/authors/ada/"):
        answer = door.get(path)
        assert (answer.status, answer.by_django) == (404, True)


def test_last_good_page_is_answered_by_django(
    door: Door, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.get("/")
    post.save()

    def fail(**_: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(queries, "feed_posts", fail)
    answer = door.get("/")
    assert (answer.status, answer.by_django) == (200, True)
    assert 'detail="database down"' in answer.headers["Cache-Status"]
    assert b"be reached just now" in answer.body


def test_renewal_is_a_request_for_the_receivers_of_signals(
    door: Door, post: Post, signals: list[str]
) -> None:
    door.get("/")
    assert signals == ["started", "finished"]
    post.save()
    assert not door.get("/").by_django
    assert signals == ["started", "finished"] * 2


def test_renewed_links_have_the_prefix_of_the_site(door: Door, post: Post) -> None:
    door.get(FEED)
    post.save()
    set_script_prefix("/elsewhere/")  # of another request that this thread has answered
    assert json.loads(door.get(FEED).body)["posts"][0]["url"] == f"/posts/{post.pk}/"


def test_unchanged_body_is_not_compressed_again(
    door: Door, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = door.get("/authors/ada/", Accept_Encoding="br")
    PostFactory.create()  # of another author
    monkeypatch.delattr(brotli, "compress")
    answer = door.get("/authors/ada/", Accept_Encoding="br")
    assert not answer.by_django
    assert (answer.body, answer.headers["ETag"]) == (before.body, before.headers["ETag"])


def test_first_request_for_a_near_page_equals_that_of_django(door: Door, post: Post) -> None:
    """The headers come from another page of the feed's API."""
    PostFactory.create_batch(45)
    near = json.loads(door.get(FEED).body)["next"]
    near_of_ten = json.loads(door.get(f"{FEED}?limit=10").body)["next"]
    for query in (f"limit=20&cursor={near}", f"limit=10&cursor={near_of_ten}"):
        path = f"{FEED}?{query}"
        answer = door.get(path)
        assert not answer.by_django, query
        assert "fwd=miss; stored" in answer.headers["Cache-Status"], query
        django = door.django(path)
        assert (answer.status, answer.body) == (200, django.body), query
        assert answer.lasting() == django.lasting(), query
        assert 'detail="front door' in door.get(path).headers["Cache-Status"], query
        post.save()
        assert not door.get(path).by_django, query
    following = json.loads(door.get(f"{FEED}?cursor={near}").body)["next"]
    assert not door.get(f"{FEED}?cursor={following}").by_django, "learned from a renewed response"


def test_first_request_for_another_query_is_answered_by_django(door: Door, post: Post) -> None:
    """It may be wrong, and reads of bare cursors are counted."""
    PostFactory.create_batch(25)
    near = json.loads(door.get(FEED).body)["next"]
    bare = Cursor.decode(near)
    made_up = Cursor(bare.created_at, bare.id).encode()
    queries = [f"cursor={near}&limit=10", f"limit=10&cursor={near}", f"cursor={made_up}"]
    queries += [f"cursor={near[:-1]}_", f"limit=51&cursor={near}", f"cursor={near}&cursor={near}"]
    queries += ["limit=5", "cursor=", f"limit=&cursor={near}", "x"]
    for query in queries:
        assert door.get(f"{FEED}?{query}").by_django, query
    assert door.get(f"/?cursor={near}").by_django


def test_first_request_with_credentials_or_if_match_is_answered_by_django(
    door: Door, post: Post
) -> None:
    PostFactory.create_batch(25)
    headers = (bearer(post.author), {"Cookie": "sessionid=1"}, {"If_Match": "x"})
    for limit, given in enumerate(headers, 5):
        near = json.loads(door.get(f"{FEED}?limit={limit}").body)["next"]
        assert door.get(f"{FEED}?limit={limit}&cursor={near}", **given).by_django, given


def test_first_request_under_another_name_of_the_site_is_answered_by_django(
    door: Door, post: Post, settings: Settings
) -> None:
    PostFactory.create_batch(25)
    near = json.loads(door.get(FEED).body)["next"]
    path = f"{FEED}?cursor={near}"
    assert door.get(path, Host="elsewhere.example").status == 400
    settings.ALLOWED_HOSTS = ["*"]
    assert door.get(path, Host="elsewhere.example").by_django
    assert not door.get(path).by_django


def test_few_examples_are_kept(door: Door, post: Post, settings: Settings) -> None:
    """A site with any number of names would keep a response for each."""
    settings.ALLOWED_HOSTS = ["*"]
    for number in range(3 * MAX_EXAMPLES):
        door.get(FEED, Host=f"{number}.example")
        assert len(door.front._examples._entries) <= MAX_EXAMPLES
