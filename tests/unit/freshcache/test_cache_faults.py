"""Foreign values, evictions and flushes in Redis, one by one and all together."""

import time
from collections.abc import Callable
from functools import partial

import pytest
import redis

from freshcache.policy import Outcome
from tests.unit.freshcache.fleet import KEYS, Clock, Fleet, Step, Worker, hanging
from tests.unit.freshcache.threads import Threads

Fault = Callable[[redis.Redis], object]


def _flush(look: redis.Redis) -> None:
    look.flushall()


def _forget_scripts(look: redis.Redis) -> None:
    look.script_flush()


def _evict(key: str) -> Fault:
    return lambda look: look.delete(key)


def _spoil(key: str) -> Fault:
    def spoil(look: redis.Redis) -> None:
        look.delete(key)
        look.rpush(key, "foreign")

    return spoil


def _garble(key: str) -> Fault:
    return lambda look: look.set(key, "garbage \n garbage")


PAGE_KEY = KEYS.page("feed")
FAULTS = {
    "flushed": _flush,
    "scripts forgotten": _forget_scripts,
    "page evicted": _evict(PAGE_KEY),
    "generation evicted": _evict(KEYS.generation),
    "counts evicted": _evict(KEYS.counts_version),
    "page spoilt": _spoil(PAGE_KEY),
    "generation spoilt": _spoil(KEYS.generation),
    "counts spoilt": _spoil(KEYS.counts_version),
    "counters spoilt": _spoil(KEYS.stats),
    "page garbled": _garble(PAGE_KEY),
    "generation garbled": _garble(KEYS.generation),
    "counts garbled": _garble(KEYS.counts_version),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_reads_continue_and_writes_are_visible_after_a_fault_of_the_keys(
    fleet: Fleet, clock: Clock, look: redis.Redis, fault: Fault
) -> None:
    workers = [fleet.worker(), fleet.worker()]
    for worker in workers:
        worker.read()
    for _ in range(2):
        fault(look)
        clock.advance(0.051)
        for worker in (*workers, fleet.worker()):
            worker.read()
            worker.cache._send_counts({"hits": 1})
        version = workers[0].write()
        clock.advance(0.051)
        assert [worker.version() for worker in (*workers, fleet.worker())] == [version] * 3
        assert all(worker.cache.breaker.closed for worker in workers)
        workers.reverse()
    assert workers[0].read().outcome is Outcome.HIT


@pytest.mark.parametrize("step", ["get", "lease", "fill"])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_reads_continue_and_writes_are_visible_after_a_fault_during_a_read(
    fleet: Fleet,
    clock: Clock,
    look: redis.Redis,
    step: Step,
    fault: Fault,
) -> None:
    worker, other = fleet.worker(), fleet.worker()
    worker.steps.before[step] = lambda: fault(look)
    assert worker.version() == 0
    assert worker.cache.breaker.closed
    version = other.write()
    clock.advance(0.051)
    assert worker.version() == other.version() == version


def _stress(fleet: Fleet, workers: list[Worker], threads: Threads, until: float) -> list[str]:
    """Start a writer and four readers for each worker; return what they find wrong.

    Wrong is a page older than the last write of its worker, or of an older generation than the same
    reader has seen.
    """
    wrong: list[str] = []

    def write(worker: Worker, written: list[int]) -> None:
        while time.monotonic() < until:
            written[0] = worker.write()
            time.sleep(0.003)

    def read(worker: Worker, written: list[int]) -> None:
        newest = 0
        while time.monotonic() < until:
            minimum = written[0]
            served = worker.read()
            version, generation = served.page.data["version"], served.page.generation
            if version < minimum:
                wrong.append(f"read {version} after {minimum} was written")
            if served.shared and generation < newest:
                wrong.append(f"generation {generation} after {newest}")
            newest = max(newest, generation)

    for worker in workers:
        written = [0]
        threads.start(partial(write, worker, written))
        threads.start(partial(read, worker, written), count=4)
    return wrong


def test_worker_sees_its_writes_and_never_goes_back_under_constant_faults(fleet: Fleet) -> None:
    workers = [
        fleet.worker(
            connections=20, socket_timeout=0.05, clock=time.monotonic, sleep=time.sleep
        )
        for _ in range(2)
    ]  # fmt: skip
    until = time.monotonic() + 3.0
    threads = Threads()
    wrong = _stress(fleet, workers, threads, until)
    while time.monotonic() < until:
        time.sleep(0.1)
        fleet.server.kill()
        time.sleep(0.05)
        fleet.server.start()
        with hanging(fleet.server):
            time.sleep(0.1)
        for worker in workers:
            if not worker.cache.breaker.closed:
                worker.cache.breaker.attempt()
    threads.join()
    assert not wrong
