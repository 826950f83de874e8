"""The front door while Django is busy: it sends what may still be sent, and nothing older."""

import pytest

from feed.cache import feed_cache
from freshcache.errors import Busy
from freshcache.front_door.cached_response import MAY_BE_BUSY
from freshcache.front_door.door import Environ, StartResponse
from tests.factories import PostFactory
from tests.unit.feed.door import Door, stopped_clock
from tests.unit.freshcache.fleet import Clock

pytestmark = pytest.mark.django_db(transaction=True)

FEED = "/api/feed/"


@pytest.fixture
def clock() -> Clock:
    return stopped_clock()


@pytest.fixture
def door(clock: Clock) -> Door:
    """A front door that has stored the feed, before a Django that is busy if that may be."""
    feed_cache().self_check._clock = clock
    feed_cache().self_check.due_at = float("inf")
    PostFactory.create()
    door = Door()
    django = door.front._application
    assert door.get(FEED).by_django

    def busy(environ: Environ, start_response: StartResponse) -> list[bytes]:
        if MAY_BE_BUSY in environ:
            raise Busy
        return django(environ, start_response)  # type: ignore[return-value] # any iterable

    door.front._application = busy
    return door


def grace_begins_after_seconds() -> float:
    ttl = 30.0 if feed_cache().policy.single_process or feed_cache().store else 2.0
    return ttl - min(5.0, ttl / 4)


def test_page_that_is_due_for_a_self_check_is_sent(door: Door, clock: Clock) -> None:
    feed_cache().self_check.due_at = clock()
    hits = feed_cache().metrics.counts()["hits"]
    for _ in range(3):
        answer = door.get(FEED)
        assert (answer.status, answer.by_django) == (200, False)
    assert "front door" in answer.headers["Cache-Status"]
    assert feed_cache().metrics.counts()["hits"] == hits + 3


def test_page_in_its_grace_is_sent(door: Door, clock: Clock) -> None:
    clock.advance(grace_begins_after_seconds() + 0.01)
    assert (door.get(FEED).status, door.get(FEED, Cookie="sessionid=x").status) == (200, 200)
    assert not door.get(FEED).by_django


def test_changed_page_is_not_sent(door: Door, clock: Clock) -> None:
    post = PostFactory.create(content="SECOND")
    assert f'"id":"{post.pk}"'.encode() in door.get(FEED).body


def test_page_beyond_its_ttl_is_not_sent(door: Door, clock: Clock) -> None:
    clock.advance(31.0)
    assert "fwd=" in door.get(FEED).headers["Cache-Status"]
