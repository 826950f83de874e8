"""One load serves the whole fleet, and no reader waits long when the loader dies."""

import threading
import time
from functools import partial
from typing import Any

import pytest
import redis
from django.db import OperationalError

from freshcache.policy import Outcome
from freshcache.served import Served
from tests.unit.freshcache.fleet import Clock, Fleet, Worker
from tests.unit.freshcache.threads import Gate, Threads


def real_time(fleet: Fleet, *, wait_seconds: float = 20.0, **options: Any) -> Worker:
    """Make a worker with real time and long waits, for threads that wait for each other."""
    options |= {"connections": 100, "clock": time.monotonic, "sleep": time.sleep}
    return fleet.worker(wait_seconds=wait_seconds, lease_seconds=20.0, **options)


@pytest.mark.parametrize("redis_configured", [True, False])
def test_two_hundred_threads_cause_one_load(fleet: Fleet, redis_configured: bool) -> None:
    workers = [real_time(fleet), real_time(fleet)] if redis_configured else []
    workers = workers or [real_time(fleet, redis_configured=False)]
    threads, together = Threads(), threading.Barrier(200)
    served: list[Served] = []

    def read(worker: Worker) -> None:
        together.wait(30)
        served.append(worker.read())

    fleet.source.during = lambda: time.sleep(0.2)  # a slow load
    for worker in workers:
        threads.start(partial(read, worker), count=200 // len(workers))
    threads.join()
    assert fleet.source.loads == 1
    assert len(served) == 200
    assert sorted({one.outcome for one in served}) == [Outcome.HIT, Outcome.MISS]
    counts = [worker.cache.metrics.counts() for worker in workers]
    assert sum(count["fills"] for count in counts) == 1
    assert sum(count["waits"] for count in counts) <= 199, "a waiting read is counted once"


def test_two_hundred_threads_cause_one_more_load_after_an_invalidation(fleet: Fleet) -> None:
    workers = [real_time(fleet), real_time(fleet)]
    for worker in workers:
        worker.read()
    workers[0].write()
    threads, together, versions = Threads(), threading.Barrier(200), []

    def read(worker: Worker) -> None:
        together.wait(30)
        versions.append(worker.version(confirm=True))

    fleet.source.during = lambda: time.sleep(0.1)
    for worker in workers:
        threads.start(partial(read, worker), count=100)
    threads.join()
    assert versions == [1] * 200
    assert fleet.source.loads == 2


def test_one_thread_asks_redis_while_another_worker_loads(
    fleet: Fleet,
) -> None:
    loader, waiter = real_time(fleet), real_time(fleet, trust_seconds=60.0)
    fleet.source.during = loading = Gate()
    threads = Threads()
    threads.start(loader.read)
    loading.wait()
    threads.start(waiter.read, count=50)
    time.sleep(0.3)  # the number of calls in this time is asserted below
    loading.open()
    threads.join()
    assert fleet.source.loads == 1
    assert waiter.steps.calls["get"] < 60
    assert waiter.steps.calls["confirm"] == 1


def test_others_load_after_a_short_wait_when_the_lease_holder_dies(
    fleet: Fleet, clock: Clock
) -> None:
    dead, other = fleet.worker(), fleet.worker()
    number = dead.cache.generations.current(0).number
    assert dead.steps.lease("feed", generation=number, seconds=60)
    started = clock()
    served = other.read()
    assert (served.outcome, served.stored) == (Outcome.MISS, True)
    assert 0.5 <= clock() - started < 0.6
    assert fleet.worker().read().outcome is Outcome.HIT


def test_loads_without_a_lease_are_bounded(fleet: Fleet) -> None:
    worker = real_time(fleet, wait_seconds=0.01, loads_per_process=2)
    number = worker.cache.generations.current(0).number
    assert worker.steps.lease("feed", generation=number, seconds=60)
    threads, lock = Threads(), threading.Lock()
    at_once, maximum = 0, 0
    load = fleet.source.load

    def slow_load() -> bytes:
        nonlocal at_once, maximum
        with lock:
            at_once += 1
            maximum = max(maximum, at_once)
        time.sleep(0.1)
        with lock:
            at_once -= 1
        return load()

    fleet.source.load = slow_load  # type: ignore[method-assign] # the same, but slower
    threads.start(worker.read, count=40)
    threads.join()
    assert maximum == 2
    assert fleet.source.loads == 2


def test_load_longer_than_the_wait_does_not_block_other_readers(fleet: Fleet) -> None:
    worker = real_time(fleet, redis_configured=False, wait_seconds=0.05)
    fleet.source.during = loading = Gate()
    threads = Threads()
    threads.start(worker.read)
    loading.wait()
    assert worker.read().outcome is Outcome.MISS
    loading.open()
    threads.join()


@pytest.mark.parametrize("error", [LookupError("deleted"), OperationalError("down"), SystemExit()])
def test_failed_load_gives_back_its_lease(
    fleet: Fleet, look: redis.Redis, error: BaseException
) -> None:
    worker = fleet.worker()
    fleet.source.error = error  # type: ignore[assignment] # SystemExit too
    with pytest.raises(type(error)):
        worker.read()
    assert not look.keys("*lease*")
    fleet.source.error = None
    started = fleet.clock()
    assert worker.read().outcome is Outcome.MISS
    assert fleet.clock() == started, "no read waited"


def test_page_filled_while_the_lease_was_taken_is_not_loaded_again(fleet: Fleet) -> None:
    one, other = fleet.worker(), fleet.worker()
    other.steps.before["lease"] = one.read
    assert other.read().outcome is Outcome.HIT
    assert fleet.source.loads == 1
    with fleet.server.client() as look:
        assert not look.keys("*lease*")


def test_waiting_read_sees_a_change_made_meanwhile(fleet: Fleet) -> None:
    dead, reader, writer = fleet.worker(), fleet.worker(), fleet.worker()
    number = dead.cache.generations.current(0).number
    assert dead.steps.lease("feed", generation=number, seconds=60)

    def change() -> None:
        writer.write()
        fleet.clock.advance(0.06)

    reader.steps.after["lease"] = change
    started = fleet.clock()
    assert reader.version() == 1
    assert fleet.clock() - started < 0.2, "the lease of the new generation is free"
