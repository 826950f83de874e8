"""Redis is killed, hangs, or returns: no read fails, and no old page is served."""

import threading
import time

import pytest
import redis

from freshcache.breaker import State
from freshcache.policy import Outcome
from tests.unit.freshcache.fleet import Clock, Fleet, Step, hanging
from tests.unit.freshcache.threads import Gate, Threads

STEPS: list[tuple[Step, str]] = [
    (step, when)
    for step in ("confirm", "get", "lease", "fill")
    for when in ("before", "after")
]  # fmt: skip


@pytest.mark.parametrize(("step", "when"), STEPS)
def test_read_succeeds_when_redis_dies_at_any_step(fleet: Fleet, step: Step, when: str) -> None:
    worker, other = fleet.worker(), fleet.worker()
    worker.read("another")
    fleet.clock.advance(1)
    getattr(worker.steps, when)[step] = fleet.server.kill
    assert worker.version() == 0
    worker.write()
    assert worker.version() == 1
    assert worker.cache.breaker.state is State.OPEN
    fleet.server.start()
    worker.heal()
    assert worker.version() == other.version() == 1
    assert worker.read().shared


@pytest.mark.parametrize("step", ["confirm", "get", "lease", "fill"])
def test_read_waits_for_one_time_out_when_redis_hangs_at_any_step(fleet: Fleet, step: Step) -> None:
    worker = fleet.worker(socket_timeout=0.4)
    worker.read("another")
    fleet.clock.advance(1)
    worker.steps.before[step] = fleet.server.pause
    started = time.monotonic()
    try:
        assert worker.version() == 0
        assert time.monotonic() - started < 0.79, "more than one time-out"
        assert worker.cache.breaker.state is State.OPEN
        calls = worker.steps.calls.copy()
        assert worker.version() == 0
        assert worker.steps.calls == calls, "Redis was called again"
    finally:
        fleet.server.resume()


def test_hanging_redis_costs_each_thread_one_time_out_at_most(fleet: Fleet) -> None:
    worker = fleet.worker(socket_timeout=0.5, connections=40, clock=time.monotonic)
    worker.read()
    time.sleep(0.06)  # until the trust has ended
    threads, together, took = Threads(), threading.Barrier(20), []

    def read() -> None:
        together.wait(10)
        started = time.monotonic()
        worker.read()
        took.append(time.monotonic() - started)

    with hanging(fleet.server):
        threads.start(read, count=20)
        threads.join()
    assert max(took) < 0.98
    assert worker.cache.breaker.state is State.OPEN


def test_probe_announces_an_invalidation_lost_in_an_outage(fleet: Fleet, clock: Clock) -> None:
    writer, other = fleet.worker(socket_timeout=0.1), fleet.worker()
    other.read()
    with hanging(fleet.server):
        writer.write()
    assert writer.cache.metrics.counts()["lost_invalidations"] == 1
    assert writer.version() == 1
    writer.heal()
    clock.advance(0.051)
    assert other.version() == writer.version() == 1


def test_invalidation_lost_during_the_probe_is_announced_too(fleet: Fleet, clock: Clock) -> None:
    writer, other = fleet.worker(), fleet.worker()
    writer.cache.breaker.trip(redis.ConnectionError("away"))

    def between_the_bump_and_its_answer() -> None:
        other.read()
        writer.write()

    writer.steps.after["confirm"] = between_the_bump_and_its_answer
    writer.heal()
    clock.advance(0.051)
    assert other.version() == writer.version() == 1


def test_page_filled_before_the_breaker_closes_is_not_served_afterwards(
    fleet: Fleet, clock: Clock
) -> None:
    worker, other = fleet.worker(), fleet.worker()
    worker.read()
    worker.cache.breaker.trip(redis.ConnectionError("the network is cut"))
    assert worker.read().outcome is Outcome.MISS
    other.read()
    fleet.source.commit()  # its invalidation is lost
    worker.heal()
    assert worker.read().outcome is Outcome.MISS
    clock.advance(0.051)
    assert other.version() == 1


def test_load_that_spans_an_outage_is_not_stored(fleet: Fleet, look: redis.Redis) -> None:
    worker, writer = fleet.worker(), fleet.worker()

    def outage() -> None:
        worker.cache.breaker.trip(redis.ConnectionError("away"))
        fleet.source.commit()
        worker.heal()

    fleet.source.during = outage
    assert not worker.read().stored
    assert worker.version() == writer.version() == 1


def test_page_loaded_locally_as_the_breaker_closes_costs_one_more_call_of_redis(
    fleet: Fleet, clock: Clock
) -> None:
    """Its snapshot may be later than that of the page that the fleet fills next."""
    worker = fleet.worker()
    worker.cache.breaker.trip(redis.ConnectionError("away"))
    threads, loading = Threads(), Gate()

    def read_locally() -> None:
        clock.advance(0.01)
        fleet.source.during = loading
        threads.start(worker.read)
        loading.wait()

    worker.steps.after["confirm"] = read_locally
    worker.heal()
    loading.open()
    threads.join()
    fleet.worker().read()
    for _ in range(20):
        assert worker.read().outcome is Outcome.HIT
    assert worker.steps.calls["get"] == 1


def test_without_redis_a_page_expires_after_two_seconds_and_local_writes_show_at_once(
    fleet: Fleet, clock: Clock
) -> None:
    worker, other = fleet.worker(), fleet.worker()
    fleet.server.kill()
    assert [worker.read().outcome for _ in range(2)] == [Outcome.MISS, Outcome.HIT]
    other.read()
    worker.write()
    assert (worker.version(), other.version()) == (1, 0)
    clock.advance(2)
    assert other.version() == 1
    assert not other.read().shared


def test_single_process_without_redis_keeps_a_page_for_its_full_ttl(
    fleet: Fleet, clock: Clock
) -> None:
    worker = fleet.worker(redis_configured=False, single_process=True)
    worker.read()
    clock.advance(24.9)
    assert worker.read().outcome is Outcome.HIT
    worker.write()
    assert worker.version() == 1
    clock.advance(30)
    assert worker.read().outcome is Outcome.MISS
    assert worker.cache.breaker.closed


def test_second_outage_does_not_show_pages_of_the_first(fleet: Fleet) -> None:
    worker = fleet.worker()
    worker.cache.breaker.trip(redis.ConnectionError("away"))
    worker.read()
    worker.heal()
    fleet.source.commit()
    worker.cache.breaker.trip(redis.ConnectionError("away again"))
    assert worker.version() == 1


@pytest.mark.parametrize("step", ["confirm", "get", "lease", "fill"])
def test_read_without_free_connection_loads_and_leaves_the_breaker_closed(
    fleet: Fleet, step: Step
) -> None:
    worker = fleet.worker(connections=1, pool_timeout=0.01)
    taken = []
    worker.steps.before[step] = lambda: taken.append(worker.pool.get_connection())
    assert worker.version() == 0
    assert fleet.source.loads == 1
    assert worker.cache.breaker.closed
    worker.pool.release(taken[0])
    fleet.clock.advance(3)  # longer than a lease that could not be given back
    again = worker.read()
    assert again.stored or step == "fill", "loaded in time, so it was kept"
    assert worker.read().outcome is Outcome.HIT


def test_write_without_free_connection_shows_at_once_and_reaches_other_workers(
    fleet: Fleet, clock: Clock
) -> None:
    writer, other = fleet.worker(connections=1, pool_timeout=0.01), fleet.worker()
    assert (writer.version(), other.version()) == (0, 0)
    taken = writer.pool.get_connection()
    writer.write()
    assert writer.version() == 1
    writer.pool.release(taken)
    writer.heal()
    clock.advance(0.051)
    assert other.version() == 1
