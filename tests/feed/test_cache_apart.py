"""Pages kept apart: as fresh as all others, and whoever sends for thousands of them harms nobody
but who else asks for such pages."""

from collections.abc import Callable
from functools import partial

import pytest
import redis

from feed.memory import OVERHEAD_BYTES
from feed.policy import Busy, Outcome
from tests.feed.fleet import Clock, Fleet, Worker
from tests.feed.threads import Gate, Threads

LOADS, READERS = 2, 4


@pytest.fixture
def apart(fleet: Fleet) -> Worker:
    return fleet.worker(loads_per_process=LOADS)


def test_a_flood_of_them_pushes_out_no_other_page_and_stays_out_of_redis(
    fleet: Fleet, look: redis.Redis
) -> None:
    worker = fleet.worker(memory_bytes=80 * OVERHEAD_BYTES)
    worker.read("feed")
    keys = look.keys("*")
    for number in range(500):
        worker.read(f"search:{number}", apart=True)
    assert look.keys("*") == keys
    assert worker.read("feed").outcome is Outcome.HIT
    assert (len(worker.cache.memory), 1 < len(worker.cache.memory_apart) < 10) == (1, True)


def test_asked_again_it_is_a_hit_until_something_changes_wherever(fleet: Fleet) -> None:
    here, there = fleet.worker(), fleet.worker()
    first = here.read("search", apart=True)
    assert (first.outcome, first.stored, first.apart) == (Outcome.MISS, True, True)
    again = here.read("search", apart=True)
    assert (again.outcome, again.apart) == (Outcome.HIT, True)
    there.write()
    fleet.clock.advance(0.001)
    assert here.version("search", apart=True, confirm=True) == 1
    here.write()
    assert here.version("search", apart=True) == 2


def test_it_grows_old_and_follows_counts_as_others_do(apart: Worker, clock: Clock) -> None:
    apart.read("search", apart=True)
    apart.like()
    assert apart.version("search", apart=True) == 0
    clock.advance(1.1)
    assert apart.version("search", apart=True) == 1
    clock.advance(26)
    assert apart.read("search", apart=True).outcome is Outcome.MISS, "in its grace, and renewed"


def test_a_load_that_a_change_has_overtaken_is_no_hit(apart: Worker) -> None:
    apart.source.during = apart.write
    assert apart.version("search", apart=True) == 0, "nobody knew of the change as it began"
    assert apart.version("search", apart=True) == 1


def test_at_most_so_many_load_at_a_time_so_many_wait_and_one_more_is_told_so(
    apart: Worker, wait_until: Callable[..., None]
) -> None:
    threads, gates = Threads(), []
    for number in range(LOADS):
        apart.source.during = gate = Gate()
        threads.start(partial(apart.read, f"search:{number}", apart=True))
        gate.wait()
        gates.append(gate)
    for number in range(LOADS, READERS):
        threads.start(partial(apart.read, f"search:{number}", apart=True))
    wait_until(lambda: apart.cache.readers_apart._value == 0)
    with pytest.raises(Busy):
        apart.read("search:9", apart=True)
    assert apart.source.loads == LOADS
    assert apart.version("feed") == 0, "nobody else waits for them"
    for gate in gates:
        gate.open()
    threads.join()
    assert apart.source.loads == READERS + 1
    assert apart.version("search:9", apart=True) == 0


def test_what_a_load_raises_leaves_room_for_the_next(apart: Worker) -> None:
    apart.source.error = ValueError("in the load")
    for _ in range(2 * READERS):
        with pytest.raises(ValueError, match="in the load"):
            apart.read("search", apart=True)
    apart.source.error = None
    assert apart.read("search", apart=True).outcome is Outcome.MISS


def test_without_redis_and_in_a_transaction_it_is_the_same_as_for_others(fleet: Fleet) -> None:
    worker = fleet.worker(redis_configured=False, alone=True)
    assert worker.read("search", apart=True, may_fill=False).outcome is Outcome.BYPASS
    assert worker.read("search", apart=True).outcome is Outcome.MISS
    assert worker.read("search", apart=True).outcome is Outcome.HIT
    worker.write()
    assert worker.version("search", apart=True) == 1
