"""Changes of counts show within 1.5 s, with one refresh a second."""

import pytest
import redis

from freshcache.policy import Outcome
from tests.unit.freshcache.fleet import KEYS, Clock, Fleet


def test_page_keeps_its_counts_for_a_second_after_its_snapshot(fleet: Fleet, clock: Clock) -> None:
    worker = fleet.worker()
    worker.read()
    worker.like()
    clock.advance(0.99)
    assert worker.read().outcome is Outcome.HIT
    assert worker.version() == 0
    clock.advance(0.02)
    assert worker.version() == 1


def test_old_counts_are_served_while_they_are_refreshed(fleet: Fleet, clock: Clock) -> None:
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
def test_page_older_than_a_second_and_a_half_is_not_served_with_old_counts(
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


def test_page_is_refreshed_once_a_second_in_the_fleet_under_constant_likes(
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


def test_change_of_content_between_likes_is_visible_at_once(fleet: Fleet, clock: Clock) -> None:
    writer, other = fleet.worker(), fleet.worker()
    other.read()
    writer.like()
    clock.advance(0.5)
    version = writer.write()
    assert writer.version() == version
    clock.advance(0.051)
    assert other.version() == version


def test_like_during_a_refresh_is_not_lost(fleet: Fleet, clock: Clock) -> None:
    worker = fleet.worker()
    worker.read()
    worker.like()
    clock.advance(1.1)
    fleet.source.during = worker.like
    assert worker.version() == 1
    clock.advance(1.1)
    assert worker.version() == 2


def test_evicted_counts_version_is_followed_as_a_change_of_counts(
    fleet: Fleet, clock: Clock, look: redis.Redis
) -> None:
    worker = fleet.worker()
    worker.read()
    look.delete(KEYS.counts_version)
    clock.advance(0.5)
    assert worker.read().outcome is Outcome.HIT
    clock.advance(0.6)
    assert worker.read().outcome is Outcome.MISS
    clock.advance(0.6)
    assert worker.read().outcome is Outcome.HIT


def test_like_is_not_lost_when_the_counts_version_is_evicted(
    fleet: Fleet, clock: Clock, look: redis.Redis
) -> None:
    worker, other = fleet.worker(), fleet.worker()
    look.delete(KEYS.counts_version)
    other.read()
    worker.like()
    look.delete(KEYS.counts_version)
    clock.advance(1.6)
    assert other.version() == 1


def test_without_redis_likes_are_followed_in_the_same_way(fleet: Fleet, clock: Clock) -> None:
    worker = fleet.worker(redis_configured=False, single_process=True)
    worker.read()
    worker.like()
    clock.advance(0.9)
    assert worker.version() == 0
    clock.advance(0.2)
    assert worker.version() == 1


def test_worker_never_returns_to_older_counts_after_a_failover_to_a_late_replica(
    fleet: Fleet, clock: Clock, look: redis.Redis
) -> None:
    worker = fleet.worker()
    worker.read()
    replica = {key: look.get(key) or "" for key in (KEYS.page("feed"), KEYS.counts_version)}
    assert all(replica.values())
    worker.like()
    clock.advance(1.01)
    assert worker.version() == 1
    for key, value in replica.items():  # it had not received the last fill and bump
        look.set(key, value)
    seen = []
    for _ in range(20):
        clock.advance(0.3)
        seen.append(worker.version())
    assert seen == [1] * 20


def test_hits_never_return_to_older_counts_after_a_rejected_fill(
    fleet: Fleet, clock: Clock
) -> None:
    worker, other = fleet.worker(), fleet.worker()
    worker.read("another")  # the generation is trusted from here on

    def fill_in_a_newer_generation() -> None:
        other.write()
        other.read()
        other.like()

    def before_the_query() -> None:  # after the second look into Redis
        worker.steps.after["get"] = fill_in_a_newer_generation

    worker.steps.after["lease"] = before_the_query
    assert (worker.read().outcome, fleet.source.version) == (Outcome.MISS, 2)
    assert worker.cache.metrics.counts()["discarded_fills"] == 1
    seen = []
    for _ in range(100):
        seen.append(worker.version())
        clock.advance(0.02)
    assert seen == sorted(seen)
    assert seen[-1] == 2
