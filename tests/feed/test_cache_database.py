"""The database away: the last good page, said to be so, and one try a second."""

import pytest
import redis
from django.core.exceptions import ObjectDoesNotExist
from django.db import InterfaceError, OperationalError

from feed.policy import Outcome
from tests.feed.fleet import Clock, Fleet


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
    assert served.outcome is Outcome.ERROR
    assert served.page.data == {"version": 0}
    assert served.age_seconds >= 40
    assert worker.cache.metrics.counts()["errors"] == 1


def test_another_workers_last_good_page_is_good_too(fleet: Fleet, clock: Clock) -> None:
    fleet.worker().read()
    worker = fleet.worker()
    clock.advance(31)
    fleet.source.error = OperationalError("down")
    assert worker.read().outcome is Outcome.ERROR


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
        assert worker.read().outcome in (Outcome.ERROR, Outcome.STALE_HIT)
        clock.advance(0.01)
    assert fleet.source.loads - 1 == 3


def test_as_soon_as_the_database_is_back_so_is_the_truth(fleet: Fleet, clock: Clock) -> None:
    worker = fleet.worker()
    worker.read()
    worker.write()
    fleet.source.error = OperationalError("down")
    assert worker.read().outcome is Outcome.ERROR
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
    assert worker.read().outcome is Outcome.ERROR


def test_the_last_good_page_is_there_with_no_connection_to_redis_free(
    fleet: Fleet, clock: Clock
) -> None:
    worker = fleet.worker(connections=1, pool_timeout=0.01)
    worker.read()
    clock.advance(1)
    worker.pool.get_connection()
    fleet.source.error = OperationalError("down")
    served = worker.read()
    assert (served.outcome, served.page.data) == (Outcome.ERROR, {"version": 0})


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
