"""Isolated pages: as fresh as all others, and whoever sends for thousands of them harms nobody but
who else asks for such pages."""

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

# Of 8 threads, half may search.
LOADS, READERS, THREADS = 2, 4, 8
SEARCH: Any = {"room": Room.ISOLATED, "work": Work.SLOW}


@pytest.fixture
def isolated(fleet: Fleet) -> Worker:
    return fleet.worker(loads_per_process=LOADS, threads=THREADS)


def test_a_flood_of_them_pushes_out_no_other_page_and_stays_out_of_redis(
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


def test_asked_again_it_is_a_hit_until_something_changes_wherever(fleet: Fleet) -> None:
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


def test_it_grows_old_and_follows_counts_as_others_do(isolated: Worker, clock: Clock) -> None:
    isolated.read("search", **SEARCH)
    isolated.like()
    assert isolated.version("search", **SEARCH) == 0
    clock.advance(1.1)
    assert isolated.version("search", **SEARCH) == 1
    clock.advance(26)
    assert isolated.read("search", **SEARCH).outcome is Outcome.MISS, "in its grace, and renewed"


def test_a_load_that_a_change_has_overtaken_is_no_hit(isolated: Worker) -> None:
    isolated.source.during = isolated.write
    assert isolated.version("search", **SEARCH) == 0, "nobody knew of the change as it began"
    assert isolated.version("search", **SEARCH) == 1


def test_at_most_so_many_load_at_a_time_so_many_wait_and_one_more_is_told_so(
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
    assert isolated.version("feed") == 0, "nobody else waits for them"
    for gate in gates:
        gate.open()
    threads.join()
    assert isolated.source.loads == READERS + 1
    assert isolated.version("search:9", **SEARCH) == 0


def test_what_a_load_raises_leaves_room_for_the_next(isolated: Worker) -> None:
    isolated.source.error = ValueError("in the load")
    for _ in range(2 * READERS):
        with pytest.raises(ValueError, match="in the load"):
            isolated.read("search", **SEARCH)
    isolated.source.error = None
    assert isolated.read("search", **SEARCH).outcome is Outcome.MISS


def test_without_redis_and_in_a_transaction_it_is_the_same_as_for_others(fleet: Fleet) -> None:
    worker = fleet.worker(redis_configured=False, alone=True)
    assert worker.read("search", **SEARCH, may_fill=False).outcome is Outcome.BYPASS
    assert worker.read("search", **SEARCH).outcome is Outcome.MISS
    assert worker.read("search", **SEARCH).outcome is Outcome.HIT
    worker.write()
    assert worker.version("search", **SEARCH) == 1


def test_a_hit_takes_no_place_among_those_that_load(isolated: Worker) -> None:
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


def test_a_page_in_its_grace_is_served_where_there_is_no_place_to_renew_it(
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


def test_a_page_refused_for_want_of_a_place_is_not_forgotten(fleet: Fleet, clock: Clock) -> None:
    """Pages of hashtags are shared, and load as slowly as searches."""
    worker = fleet.worker(loads_per_process=1, threads=1)
    worker.read("tag", work=Work.SLOW)
    worker.write()
    with worker.cache.gates[Work.SLOW].place(), pytest.raises(Busy):
        worker.read("tag", work=Work.SLOW)
    worker.source.error = OperationalError("away")
    assert worker.read("tag", work=Work.SLOW).outcome is Outcome.LAST_GOOD


def test_what_waits_for_its_turn_waits_for_a_bounded_time(
    isolated: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolated.cache.gates[Work.ISOLATED], "_wait_seconds", 0.01)
    gate = isolated.cache.gates[Work.ISOLATED]
    with ExitStack() as held:
        for _ in range(LOADS):
            held.enter_context(gate.place())
        with pytest.raises(Busy):
            isolated.read("older", room=Room.ISOLATED, work=Work.ISOLATED)
        assert isolated.version("search", **SEARCH) == 0, "they have places of their own"
    assert isolated.version("older", room=Room.ISOLATED, work=Work.ISOLATED) == 0


def test_nothing_pushes_out_the_newest_pages(fleet: Fleet) -> None:
    worker = fleet.worker(memory_bytes=40 * OVERHEAD_BYTES)
    worker.read("feed:20:newest", room=Room.NEWEST)
    for number in range(100):
        worker.read(f"post:{number}")
        worker.read(f"older:{number}", room=Room.ISOLATED)
    worker.source.error = OperationalError("away")
    worker.write()
    assert worker.read("feed:20:newest", room=Room.NEWEST).outcome is Outcome.LAST_GOOD
    assert worker.cache.memories[Room.LINKED].get("post:0") is None
