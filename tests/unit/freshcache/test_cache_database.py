"""While the database is down the last good page is served, labelled, with one try a second."""

import pytest
import redis
from django.core.exceptions import ObjectDoesNotExist
from django.db import InterfaceError, OperationalError

from freshcache.policy import Outcome
from tests.unit.freshcache.fleet import TTL_SECONDS, Clock, Fleet, Worker


@pytest.mark.parametrize("error", [OperationalError("down"), InterfaceError("closed")])
def test_last_good_page_is_served_and_labelled_while_the_database_is_down(
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


def test_last_good_page_may_come_from_another_worker(fleet: Fleet, clock: Clock) -> None:
    fleet.worker().read()
    worker = fleet.worker()
    clock.advance(31)
    fleet.source.error = OperationalError("down")
    assert worker.read().outcome is Outcome.LAST_GOOD


def test_failure_is_raised_without_a_last_good_page(fleet: Fleet) -> None:
    worker = fleet.worker()
    fleet.source.error = OperationalError("down")
    with pytest.raises(OperationalError, match="down"):
        worker.read()
    fleet.source.error = None
    assert worker.read().outcome is Outcome.MISS


@pytest.mark.parametrize("age_seconds", [31.0, 26.0])
def test_failed_database_is_tried_once_a_second(
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


def test_first_read_after_an_outage_of_the_database_is_a_miss(fleet: Fleet, clock: Clock) -> None:
    worker = fleet.worker()
    worker.read()
    worker.write()
    fleet.source.error = OperationalError("down")
    assert worker.read().outcome is Outcome.LAST_GOOD
    fleet.source.error = None
    clock.advance(1)
    assert worker.read().outcome is Outcome.MISS
    assert worker.version() == 1


def test_other_error_is_raised_though_there_is_a_last_good_page(fleet: Fleet) -> None:
    worker = fleet.worker()
    worker.read()
    worker.write()
    fleet.source.error = KeyError("another error")
    with pytest.raises(KeyError):
        worker.read()


def test_last_good_page_is_served_while_redis_is_away_too(fleet: Fleet, clock: Clock) -> None:
    worker = fleet.worker()
    worker.read()
    clock.advance(1)
    fleet.server.kill()
    fleet.source.error = OperationalError("down")
    assert worker.read().outcome is Outcome.LAST_GOOD


def test_last_good_page_is_served_without_a_free_connection_to_redis(
    fleet: Fleet, clock: Clock
) -> None:
    worker = fleet.worker(connections=1, pool_timeout=0.01)
    worker.read()
    clock.advance(TTL_SECONDS + 1)
    worker.pool.get_connection()
    fleet.source.error = OperationalError("down")
    served = worker.read()
    assert (served.outcome, served.page.data) == (Outcome.LAST_GOOD, {"version": 0})


def test_last_good_page_is_not_stored_for_others(
    fleet: Fleet, look: redis.Redis, clock: Clock
) -> None:
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


def test_deleted_object_is_not_served_as_the_last_good_page(
    fleet: Fleet, look: redis.Redis
) -> None:
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


def test_last_good_page_is_not_older_than_a_page_already_served(fleet: Fleet, clock: Clock) -> None:
    """A superseded load is in the memory of its process only, and newer than the stored page."""
    worker, writer = fleet.worker(), fleet.worker()
    worker.read()
    writer.write()
    clock.advance(0.06)
    fleet.source.during = writer.write
    served = worker.read()
    assert (served.stored, served.page.data) == (False, {"version": 1})
    fleet.source.error = OperationalError("down")
    served = worker.read()
    assert (served.outcome, served.page.data) == (Outcome.LAST_GOOD, {"version": 1})


def test_younger_page_of_another_worker_is_the_last_good_one(fleet: Fleet, clock: Clock) -> None:
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


def test_page_of_the_current_generation_is_kept_though_a_slow_answer_makes_it_seem_older(
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
    """Whether the database counts as down while one reader loads a page."""
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


def test_database_counts_as_down_until_it_answers(fleet: Fleet, clock: Clock) -> None:
    worker = fleet.worker()
    failed(worker)
    clock.advance(1)
    assert down_while_it_is_asked(worker)


def test_later_page_of_another_worker_shows_that_the_database_answers(
    fleet: Fleet, clock: Clock
) -> None:
    worker, other = fleet.worker(), fleet.worker()
    failed(worker)
    clock.advance(1)
    other.read()
    assert worker.read().outcome is Outcome.HIT
    worker.write()
    assert not down_while_it_is_asked(worker)


def test_failure_of_long_ago_is_forgotten(fleet: Fleet, clock: Clock) -> None:
    worker = fleet.worker()
    failed(worker)
    clock.advance(60)
    assert not down_while_it_is_asked(worker)
