"""The database away: the last good page, said to be so, and one try a second."""

import pytest
import redis
from django.core.exceptions import ObjectDoesNotExist
from django.db import InterfaceError, OperationalError

from freshcache.policy import Outcome
from tests.unit.freshcache.fleet import Clock, Fleet, Worker


@pytest.mark.parametrize("error", [OperationalError("down"), InterfaceError("gone")])
def test_with_the_database_away_the_last_good_page_is_served_and_labelled(
    fleet: Fleet, clock: Clock, error: Exception
) -> None:
    worker, writer = fleet.worker(), fleet.worker()
    worker.read()
    writer.write()
    fleet.source.error = error
    clock.advance(40)
    served = worker.read()
    assert served.outcome is Outcome.LAST_GOOD
    assert served.page.data == {"version": 0}
    assert served.age_seconds >= 40
    assert worker.cache.metrics.counts()["errors"] == 1


def test_another_workers_last_good_page_is_good_too(fleet: Fleet, clock: Clock) -> None:
    fleet.worker().read()
    worker = fleet.worker()
    clock.advance(31)
    fleet.source.error = OperationalError("down")
    assert worker.read().outcome is Outcome.LAST_GOOD


def test_with_no_good_page_the_failure_is_raised(fleet: Fleet) -> None:
    worker = fleet.worker()
    fleet.source.error = OperationalError("down")
    with pytest.raises(OperationalError, match="down"):
        worker.read()
    fleet.source.error = None
    assert worker.read().outcome is Outcome.MISS


@pytest.mark.parametrize("age_seconds", [31.0, 26.0])
def test_the_database_is_tried_once_a_second(
    fleet: Fleet, clock: Clock, age_seconds: float
) -> None:
    worker = fleet.worker()
    worker.read()
    clock.advance(age_seconds)
    fleet.source.error = OperationalError("down")
    for _ in range(299):
        assert worker.read().outcome in (Outcome.LAST_GOOD, Outcome.STALE_HIT)
        clock.advance(0.01)
    assert fleet.source.loads - 1 == 3


def test_as_soon_as_the_database_is_back_so_is_the_truth(fleet: Fleet, clock: Clock) -> None:
    worker = fleet.worker()
    worker.read()
    worker.write()
    fleet.source.error = OperationalError("down")
    assert worker.read().outcome is Outcome.LAST_GOOD
    fleet.source.error = None
    clock.advance(1)
    assert worker.read().outcome is Outcome.MISS
    assert worker.version() == 1


def test_another_fault_is_raised_though_there_is_a_good_page(fleet: Fleet) -> None:
    worker = fleet.worker()
    worker.read()
    worker.write()
    fleet.source.error = KeyError("a fault of ours")
    with pytest.raises(KeyError):
        worker.read()


def test_the_last_good_page_is_there_with_redis_away_too(fleet: Fleet, clock: Clock) -> None:
    worker = fleet.worker()
    worker.read()
    clock.advance(1)
    fleet.server.kill()
    fleet.source.error = OperationalError("down")
    assert worker.read().outcome is Outcome.LAST_GOOD


def test_the_last_good_page_is_there_with_no_connection_to_redis_free(
    fleet: Fleet, clock: Clock
) -> None:
    worker = fleet.worker(connections=1, pool_timeout=0.01)
    worker.read()
    clock.advance(1)
    worker.pool.get_connection()
    fleet.source.error = OperationalError("down")
    served = worker.read()
    assert (served.outcome, served.page.data) == (Outcome.LAST_GOOD, {"version": 0})


def test_an_error_is_never_kept_for_others(fleet: Fleet, look: redis.Redis, clock: Clock) -> None:
    worker, other = fleet.worker(), fleet.worker()
    worker.read()
    worker.write()
    fleet.source.error = OperationalError("down")
    worker.read()
    assert len(look.keys("*page*")) == 1
    fleet.source.error = None
    assert other.version() == 1
    clock.advance(1)
    assert worker.version() == 1


def test_what_is_gone_comes_back_in_no_outage(fleet: Fleet, look: redis.Redis) -> None:
    worker, other = fleet.worker(), fleet.worker()
    worker.read()
    fleet.source.error = ObjectDoesNotExist()
    worker.cache.invalidate("deleted")
    with pytest.raises(ObjectDoesNotExist):
        worker.read()
    assert not look.keys("*page*")
    fleet.source.error = OperationalError("down")
    for reader in (worker, other):
        with pytest.raises(OperationalError):
            reader.read()


def test_what_was_shown_is_not_taken_back_for_what_lies_in_redis(
    fleet: Fleet, clock: Clock
) -> None:
    """A load that was outrun is known to its own process alone, and newer than what is stored."""
    worker, writer = fleet.worker(), fleet.worker()
    worker.read()
    writer.write()
    clock.advance(0.06)
    fleet.source.during = writer.write
    assert not worker.read().stored
    assert worker.read().page.data == {"version": 1}
    clock.advance(0.06)
    fleet.source.error = OperationalError("down")
    served = worker.read()
    assert (served.outcome, served.page.data) == (Outcome.LAST_GOOD, {"version": 1})


def test_another_workers_later_page_is_better_than_ones_own(fleet: Fleet, clock: Clock) -> None:
    worker, other = fleet.worker(), fleet.worker()
    worker.read()
    other.write()
    clock.advance(0.06)
    other.read()
    other.write()
    clock.advance(0.06)
    fleet.source.error = OperationalError("down")
    served = worker.read()
    assert (served.outcome, served.page.data) == (Outcome.LAST_GOOD, {"version": 1})


def test_the_page_of_now_is_kept_though_a_slow_answer_makes_it_seem_the_older(
    fleet: Fleet, clock: Clock
) -> None:
    worker, other = fleet.worker(), fleet.worker()
    worker.read()
    other.write()
    clock.advance(0.06)
    fleet.source.during = other.write
    assert not worker.read().stored
    other.read()
    clock.advance(0.06)
    worker.steps.before["confirm"] = lambda: clock.advance(0.02)
    assert worker.version() == 2
    asked = worker.steps.calls["get"]
    assert worker.version() == 2
    assert worker.steps.calls["get"] == asked


def down_while_it_is_asked(worker: Worker) -> bool:
    """Whether others are told that the database is down while one reader loads a page."""
    seen: list[bool] = []
    worker.source.during = lambda: seen.append(worker.cache.database.is_down)
    assert worker.read().outcome is Outcome.MISS
    return seen[0]


def failed(worker: Worker) -> None:
    worker.read()
    worker.write()
    worker.source.error = OperationalError("down")
    assert worker.read().outcome is Outcome.LAST_GOOD
    worker.source.error = None


def test_until_it_answers_it_is_down(fleet: Fleet, clock: Clock) -> None:
    worker = fleet.worker()
    failed(worker)
    clock.advance(1)
    assert down_while_it_is_asked(worker)


def test_what_another_worker_has_loaded_since_tells_that_it_answers(
    fleet: Fleet, clock: Clock
) -> None:
    worker, other = fleet.worker(), fleet.worker()
    failed(worker)
    clock.advance(1)
    other.read()
    assert worker.read().outcome is Outcome.HIT
    worker.write()
    assert not down_while_it_is_asked(worker)


def test_a_failure_of_long_ago_says_nothing_of_now(fleet: Fleet, clock: Clock) -> None:
    worker = fleet.worker()
    failed(worker)
    clock.advance(60)
    assert not down_while_it_is_asked(worker)
