"""Likes and comments: followed within a second and a half, at one refresh a second."""

import pytest
import redis

from freshcache.policy import Outcome
from tests.unit.freshcache.fleet import KEYS, Clock, Fleet


def test_for_a_second_after_its_snapshot_a_page_keeps_its_counts(
    fleet: Fleet, clock: Clock
) -> None:
    worker = fleet.worker()
    worker.read()
    worker.like()
    clock.advance(0.99)
    assert worker.read().outcome is Outcome.HIT
    assert worker.version() == 0
    clock.advance(0.02)
    assert worker.version() == 1


def test_while_counts_are_refreshed_the_old_ones_are_served(fleet: Fleet, clock: Clock) -> None:
    worker, other = fleet.worker(), fleet.worker()
    worker.read()
    other.read()
    worker.like()
    clock.advance(1.2)
    meanwhile = []
    fleet.source.during = lambda: meanwhile.extend([worker.read(), other.read()])
    worker.read()
    assert [served.outcome for served in meanwhile] == [Outcome.STALE_HIT] * 2
    assert fleet.source.loads == 2


@pytest.mark.parametrize("age_seconds", [1.5, 10])
def test_no_page_older_than_a_second_and_a_half_is_served_with_old_counts(
    fleet: Fleet, clock: Clock, age_seconds: float
) -> None:
    writer, other = fleet.worker(), fleet.worker()
    other.read()
    writer.like()
    clock.advance(age_seconds)
    meanwhile = []
    fleet.source.during = lambda: meanwhile.append(other.version())
    assert writer.version() == 1
    assert meanwhile == [1]


def test_under_constant_likes_a_page_is_refreshed_once_a_second_in_the_whole_fleet(
    fleet: Fleet, clock: Clock
) -> None:
    workers = [fleet.worker(), fleet.worker()]
    for worker in workers:
        worker.read()
    for _ in range(1000):
        clock.advance(0.01)
        liker, reader = workers
        liker.like()
        assert reader.version() >= fleet.source.version - 150
        liker.read()
        workers.reverse()
    assert 9 <= fleet.source.loads - 1 <= 10


def test_a_change_of_posts_amid_likes_is_seen_at_once(fleet: Fleet, clock: Clock) -> None:
    writer, other = fleet.worker(), fleet.worker()
    other.read()
    writer.like()
    clock.advance(0.5)
    version = writer.write()
    assert writer.version() == version
    clock.advance(0.051)
    assert other.version() == version


def test_a_like_during_the_refresh_is_not_lost(fleet: Fleet, clock: Clock) -> None:
    worker = fleet.worker()
    worker.read()
    worker.like()
    clock.advance(1.1)
    fleet.source.during = worker.like
    assert worker.version() == 1
    clock.advance(1.1)
    assert worker.version() == 2


def test_evicted_counts_are_followed_softly_like_any_change(
    fleet: Fleet, clock: Clock, look: redis.Redis
) -> None:
    worker = fleet.worker()
    worker.read()
    look.delete(KEYS.counts)
    clock.advance(0.5)
    assert worker.read().outcome is Outcome.HIT
    clock.advance(0.6)
    assert worker.read().outcome is Outcome.MISS
    clock.advance(0.6)
    assert worker.read().outcome is Outcome.HIT


def test_a_like_that_was_evicted_with_the_counts_is_not_forgotten(
    fleet: Fleet, clock: Clock, look: redis.Redis
) -> None:
    worker, other = fleet.worker(), fleet.worker()
    look.delete(KEYS.counts)
    other.read()
    worker.like()
    look.delete(KEYS.counts)
    clock.advance(1.6)
    assert other.version() == 1


def test_without_redis_own_likes_are_followed_in_the_same_way(fleet: Fleet, clock: Clock) -> None:
    worker = fleet.worker(redis_configured=False, alone=True)
    worker.read()
    worker.like()
    clock.advance(0.9)
    assert worker.version() == 0
    clock.advance(0.2)
    assert worker.version() == 1
