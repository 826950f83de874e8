"""Isolated pages are as fresh as others, and any number of them pushes out no other page."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest
import redis
from django.db import OperationalError

from freshcache.errors import Busy
from freshcache.memory import OVERHEAD_BYTES
from freshcache.policy import Outcome, Room, Work
from tests.unit.freshcache.fleet import Clock, Fleet, Worker
from tests.unit.freshcache.threads import Gate, Threads

# Half of the 8 threads may do slow work.
LOADS, READERS, THREADS = 2, 4, 8
SEARCH: Any = {"room": Room.ISOLATED, "work": Work.SLOW}


@pytest.fixture
def isolated(fleet: Fleet) -> Worker:
    return fleet.worker(loads_per_process=LOADS, threads=THREADS)


def test_many_isolated_pages_push_out_no_other_page_and_are_not_in_redis(
    fleet: Fleet, look: redis.Redis
) -> None:
    worker = fleet.worker(memory_bytes=80 * OVERHEAD_BYTES)
    worker.read("feed")
    keys = look.keys("*")
    for number in range(500):
        worker.read(f"search:{number}", **SEARCH)
    assert look.keys("*") == keys
    assert worker.read("feed").outcome is Outcome.HIT
    memories = worker.cache.memories
    assert (len(memories[Room.LINKED]), 1 < len(memories[Room.ISOLATED]) < 20) == (1, True)


def test_isolated_page_is_a_hit_until_any_worker_changes_something(fleet: Fleet) -> None:
    here, there = fleet.worker(), fleet.worker()
    first = here.read("search", **SEARCH)
    assert (first.outcome, first.stored, first.room) == (Outcome.MISS, True, Room.ISOLATED)
    again = here.read("search", **SEARCH)
    assert (again.outcome, again.room) == (Outcome.HIT, Room.ISOLATED)
    there.write()
    fleet.clock.advance(0.001)
    assert here.version("search", **SEARCH, confirm=True) == 1
    here.write()
    assert here.version("search", **SEARCH) == 2


def test_isolated_page_expires_and_follows_counts_as_others_do(
    isolated: Worker, clock: Clock
) -> None:
    isolated.read("search", **SEARCH)
    isolated.like()
    assert isolated.version("search", **SEARCH) == 0
    clock.advance(1.1)
    assert isolated.version("search", **SEARCH) == 1
    clock.advance(26)
    assert isolated.read("search", **SEARCH).outcome is Outcome.MISS, (
        "in its grace, so it is renewed"
    )


def test_superseded_load_of_an_isolated_page_is_not_a_hit(isolated: Worker) -> None:
    isolated.source.during = isolated.write
    assert isolated.version("search", **SEARCH) == 0, "loaded before the change"
    assert isolated.version("search", **SEARCH) == 1


def test_loading_and_waiting_threads_are_bounded_and_one_more_is_refused(
    isolated: Worker, wait_until: Callable[..., None]
) -> None:
    threads, gates = Threads(), []
    for number in range(LOADS):
        isolated.source.during = gate = Gate()
        threads.start(partial(isolated.read, f"search:{number}", **SEARCH))
        gate.wait()
        gates.append(gate)
    for number in range(LOADS, READERS):
        threads.start(partial(isolated.read, f"search:{number}", **SEARCH))
    wait_until(lambda: isolated.cache.gates[Work.SLOW]._readers._value == 0)
    with pytest.raises(Busy):
        isolated.read("search:9", **SEARCH)
    assert isolated.source.loads == LOADS
    assert isolated.version("feed") == 0, "other reads do not wait"
    for gate in gates:
        gate.open()
    threads.join()
    assert isolated.source.loads == READERS + 1
    assert isolated.version("search:9", **SEARCH) == 0


def test_load_that_raises_gives_back_its_place(isolated: Worker) -> None:
    isolated.source.error = ValueError("in the load")
    for _ in range(2 * READERS):
        with pytest.raises(ValueError, match="in the load"):
            isolated.read("search", **SEARCH)
    isolated.source.error = None
    assert isolated.read("search", **SEARCH).outcome is Outcome.MISS


def test_isolated_page_without_redis_or_in_a_transaction_behaves_as_others_do(fleet: Fleet) -> None:
    worker = fleet.worker(redis_configured=False, single_process=True)
    assert worker.read("search", **SEARCH, may_fill=False).outcome is Outcome.BYPASS
    assert worker.read("search", **SEARCH).outcome is Outcome.MISS
    assert worker.read("search", **SEARCH).outcome is Outcome.HIT
    worker.write()
    assert worker.version("search", **SEARCH) == 1


def test_hit_takes_no_place_of_the_gate(isolated: Worker) -> None:
    isolated.read("search", **SEARCH)
    gate, threads = Gate(), Threads()
    for number in range(READERS):
        isolated.source.during = gate
        threads.start(partial(isolated.read, f"search:{number}", **SEARCH))
        if number < LOADS:
            gate.wait()
            isolated.source.during = None
    assert isolated.read("search", **SEARCH).outcome is Outcome.HIT
    gate.open()
    threads.join()


def test_page_in_its_grace_is_served_when_no_place_is_free_to_renew_it(
    fleet: Fleet, clock: Clock
) -> None:
    worker = fleet.worker(loads_per_process=1, threads=1)
    worker.read("search", **SEARCH)
    clock.advance(26)
    with worker.cache.gates[Work.SLOW].place():
        assert worker.read("search", **SEARCH).outcome is Outcome.STALE_HIT
        clock.advance(5)
        with pytest.raises(Busy):
            worker.read("search", **SEARCH)


def test_page_refused_without_a_free_place_remains_the_last_good_one(
    fleet: Fleet, clock: Clock
) -> None:
    """As for a hashtag: shared, and as slow to load as a search."""
    worker = fleet.worker(loads_per_process=1, threads=1)
    worker.read("tag", work=Work.SLOW)
    worker.write()
    with worker.cache.gates[Work.SLOW].place(), pytest.raises(Busy):
        worker.read("tag", work=Work.SLOW)
    worker.source.error = OperationalError("away")
    assert worker.read("tag", work=Work.SLOW).outcome is Outcome.LAST_GOOD


def test_wait_for_a_place_is_bounded(isolated: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolated.cache.gates[Work.ISOLATED], "_wait_seconds", 0.01)
    gate = isolated.cache.gates[Work.ISOLATED]
    with ExitStack() as held:
        for _ in range(LOADS):
            held.enter_context(gate.place())
        with pytest.raises(Busy):
            isolated.read("older", room=Room.ISOLATED, work=Work.ISOLATED)
        assert isolated.version("search", **SEARCH) == 0, "other work has other places"
    assert isolated.version("older", room=Room.ISOLATED, work=Work.ISOLATED) == 0


def test_other_pages_never_push_out_the_newest_ones(fleet: Fleet) -> None:
    worker = fleet.worker(memory_bytes=40 * OVERHEAD_BYTES)
    worker.read("feed:20:newest", room=Room.NEWEST)
    for number in range(100):
        worker.read(f"post:{number}")
        worker.read(f"older:{number}", room=Room.ISOLATED)
    worker.source.error = OperationalError("away")
    worker.write()
    assert worker.read("feed:20:newest", room=Room.NEWEST).outcome is Outcome.LAST_GOOD
    assert worker.cache.memories[Room.LINKED].get("post:0") is None
