"""The thread that asks for the generation before the trust in the known one ends."""

import threading
import time

import pytest

from freshcache import trust_renewal
from freshcache.trust_renewal import TrustRenewal
from tests.processes import wait_until
from tests.unit.freshcache.fleet import Fleet
from tests.unit.freshcache.threads import Gate

pytestmark = pytest.mark.redis


def test_call_does_not_wait_for_redis(fleet: Fleet) -> None:
    worker = fleet.worker(clock=time.monotonic)
    generations, redis_hangs = worker.cache.generations, Gate()
    generations.current(0)
    worker.steps.before["confirm"] = redis_hangs
    since = time.monotonic()
    TrustRenewal(generations).call(since)
    redis_hangs.wait()
    assert generations.trusted(since) is None
    redis_hangs.open()
    wait_until(lambda: generations.trusted(since) is not None, 20)


def test_many_calls_ask_once(fleet: Fleet) -> None:
    worker = fleet.worker(clock=time.monotonic)
    generations, redis_hangs = worker.cache.generations, Gate()
    worker.steps.before["confirm"] = redis_hangs
    renewal, since = TrustRenewal(generations), time.monotonic()
    renewal.call(since)
    redis_hangs.wait()
    for _ in range(100):
        renewal.call(since)
    redis_hangs.open()
    wait_until(lambda: not renewal._called.is_set(), 20)
    assert worker.steps.calls["confirm"] == 1


def test_thread_ends_when_idle_and_starts_again(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust_renewal, "IDLE_SECONDS", 0.001)
    generations = fleet.worker(clock=time.monotonic).cache.generations
    renewal = TrustRenewal(generations)
    for _ in range(3):
        since = time.monotonic()
        renewal.call(since)
        wait_until(lambda since=since: generations.trusted(since) is not None, 20)  # type: ignore[misc] # mypy infers no type of a default
        wait_until(lambda: not renewal._thread.is_alive(), 20)  # type: ignore[union-attr] # it has been started


def test_generation_stays_trusted_while_no_thread_can_start(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then a reader asks when the trust ends."""
    generations = fleet.worker(clock=time.monotonic).cache.generations
    known = generations.current(0)

    class NoThread:
        def __init__(self, **options: object) -> None:
            pass

        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    renewal = TrustRenewal(generations)
    monkeypatch.setattr(threading, "Thread", NoThread)
    renewal.call(time.monotonic())
    assert generations.trusted(known.asked_at) is known
    monkeypatch.undo()
    since = time.monotonic()
    renewal.call(since)
    wait_until(lambda: generations.trusted(since) is not None, 20)
