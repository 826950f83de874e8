"""Counts of one process, and of the fleet, without a wait for readers."""

import logging
import threading
from collections.abc import Callable

import pytest
import redis

from freshcache import metrics as module
from freshcache.metrics import EVENTS, Metrics
from tests.unit.freshcache.fleet import Clock, Fleet, Worker
from tests.unit.freshcache.threads import Threads


def counting(worker: Worker) -> Worker:
    """Make a worker with counts for the fleet, which the test sends."""
    worker.cache.metrics = Metrics(worker.cache._send_counts)
    worker.cache.metrics._sender = threading.current_thread()
    return worker


def test_counts_start_at_zero_and_have_every_event() -> None:
    assert Metrics().counts() == dict.fromkeys(EVENTS, 0)


def test_counts_of_two_workers_add_up_for_the_fleet(fleet: Fleet) -> None:
    one, other = counting(fleet.worker()), counting(fleet.worker())
    for worker in (one, other, one):
        worker.read()
    one.write()
    one.like()
    assert one.cache.metrics.flush()
    assert other.cache.metrics.flush()
    expected: dict[str, int] = {
        "hits": 2,
        "misses": 1,
        "fills": 1,
        "invalidations": 1,
        "count_invalidations": 1,
    }
    assert {name: count for name, count in one.steps.counters().items() if count} == expected
    assert one.cache.metrics.flush()
    assert one.steps.counters()["hits"] == 2, "sent once"
    assert other.cache.metrics.counts()["hits"] == 1, "of this process"


def test_counting_does_not_call_redis_and_a_flush_calls_once(fleet: Fleet) -> None:
    worker = counting(fleet.worker())
    for _ in range(100):
        worker.read()
    assert worker.steps.calls["count"] == 0
    worker.cache.metrics.flush()
    worker.cache.metrics.flush()
    assert worker.steps.calls["count"] == 1


def test_counts_are_kept_while_redis_is_away(fleet: Fleet) -> None:
    worker = counting(fleet.worker())
    worker.read()
    fleet.server.kill()
    assert not worker.cache.metrics.flush()
    assert not worker.cache.breaker.closed
    worker.read()
    assert not worker.cache.metrics.flush()
    assert worker.steps.calls["count"] == 1, "not sent while the breaker is open"
    fleet.server.start()
    worker.heal()
    assert worker.cache.metrics.flush()
    counters = worker.steps.counters()
    assert (counters["misses"], counters["fills"]) == (2, 2)


def test_counts_are_kept_while_no_connection_is_free(fleet: Fleet) -> None:
    worker = counting(fleet.worker(connections=1, pool_timeout=0.01))
    worker.read()
    taken = worker.pool.get_connection()
    assert not worker.cache.metrics.flush()
    assert worker.cache.breaker.closed
    worker.pool.release(taken)
    assert worker.cache.metrics.flush()
    assert worker.steps.counters()["misses"] == 1


def test_counts_are_kept_when_the_sender_raises() -> None:
    sent: list[dict[str, int]] = []

    def send(batch: dict[str, int]) -> bool:
        if not sent:
            sent.append({})
            raise OSError("surprise")
        sent.append(batch)
        return True

    metrics = Metrics(send)
    metrics._sender = threading.current_thread()
    metrics.add("hits")
    with pytest.raises(OSError, match="surprise"):
        metrics.flush()
    metrics.add("hits")
    assert metrics.flush()
    assert sent[1] == {"hits": 2}


def test_batches_are_sent_by_a_separate_thread(
    fleet: Fleet, wait_until: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FLUSH_SECONDS", 0.01)
    stop = threading.Event()
    monkeypatch.setattr(module, "_NEVER", stop)
    worker = fleet.worker()
    worker.cache.metrics = Metrics(worker.cache._send_counts)
    worker.read()
    worker.read()
    wait_until(lambda: worker.steps.counters()["hits"] == 1)
    stop.set()


def test_counting_continues_when_no_thread_can_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    sent: list[dict[str, int]] = []
    metrics = Metrics(lambda batch: not sent.append(batch))  # type: ignore[func-returns-value] # None
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        metrics.add("hits")
        metrics.add("hits")
    assert metrics.counts()["hits"] == 2
    assert metrics.flush()
    assert sent == [{"hits": 2}]


def test_no_count_of_concurrent_threads_is_lost() -> None:
    sent: list[dict[str, int]] = []
    metrics = Metrics(lambda batch: not sent.append(batch))  # type: ignore[func-returns-value] # None
    metrics._sender = threading.current_thread()
    threads, done = Threads(), threading.Event()

    def flush() -> None:
        while not done.is_set():
            metrics.flush()

    threads.start(flush, count=2)
    adders = Threads()

    def add() -> None:
        for _ in range(2000):
            metrics.add("hits")

    adders.start(add, count=4)
    adders.join()
    done.set()
    threads.join()
    metrics.flush()
    assert sum(batch["hits"] for batch in sent) == metrics.counts()["hits"] == 8000


def test_each_event_is_logged_at_its_level(
    fleet: Fleet, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    worker = fleet.worker()
    with caplog.at_level(logging.DEBUG, "freshcache"):
        worker.read()
        worker.read()
        worker.write()
        clock.advance(26)
        worker.read(may_fill=False)
        worker.cache.breaker.trip(redis.ConnectionError("away"))
        worker.heal()
    lines = [(record.levelname.lower(), record.message) for record in caplog.records]
    assert lines == [
        ("info", "connected to Redis"),
        ("info", "filled"),
        ("debug", "miss"),
        ("debug", "hit"),
        ("info", "invalidated"),
        ("info", "bypass"),
        ("warning", "breaker opened: falling back to memory"),
        ("warning", "breaker closed: Redis is back"),
    ]
    filled, invalidated = vars(caplog.records[1]), vars(caplog.records[4])
    assert (filled["page"], filled["ttl_seconds"]) == ("feed", 30.0)
    assert invalidated["cause"] == "test"


def test_hits_of_the_front_door_are_counted_and_sent_once_by_many_threads() -> None:
    sent, shown, running = list[dict[str, int]](), list[int](), ["a thread"] * 4

    def send(batch: dict[str, int]) -> bool:
        sent.append(batch)
        return True

    metrics = Metrics(send)
    metrics._sender = threading.current_thread()

    def hit() -> None:
        for _ in range(200_000):
            metrics.hit()
        running.pop()

    def look() -> None:
        while running:
            shown.append(metrics.counts()["hits"])
            metrics.flush()

    threads = Threads()
    threads.start(look, count=2)
    threads.start(hit, count=4)
    threads.join(60)
    assert metrics.counts()["hits"] == metrics.counts()["hits"] == 800_000
    assert metrics.flush()
    assert sum(batch.pop("hits") for batch in sent) == 800_000
    assert not any(sent), "all hits were sent"
    assert 0 < max(shown) <= 800_000
