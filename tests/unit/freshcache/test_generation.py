"""What a worker knows of the generation, with answers in any order."""

import threading
import time

import pytest
import redis

from freshcache.breaker import State
from freshcache.errors import PoolExhausted
from tests.unit.freshcache.fleet import KEYS, Clock, Fleet
from tests.unit.freshcache.threads import Gate, Threads


def test_worker_knows_its_bump_without_asking_again(fleet: Fleet) -> None:
    worker = fleet.worker()
    before = worker.cache.generations.current(0)
    assert worker.cache.generations.bump("content")
    assert worker.cache.generations.current(0).number > before.number
    assert worker.steps.calls["confirm"] == 2


def test_answer_superseded_by_another_threads_bump_is_asked_for_again(
    fleet: Fleet, clock: Clock, look: redis.Redis
) -> None:
    """The bump is sent first and executed second, and its answer arrives first."""
    worker = fleet.worker()
    generations, threads, held_up = worker.cache.generations, Threads(), Gate()
    generations.current(0)
    worker.steps.before["confirm"] = held_up
    threads.start(lambda: generations.bump("content"))
    held_up.wait()
    clock.advance(1)

    def let_the_bump_arrive() -> None:
        held_up.open()
        threads.join()

    worker.steps.after["confirm"] = let_the_bump_arrive
    number = generations.current(clock()).number
    assert str(number) == look.get(KEYS.generation)
    assert generations.current(0).number == number


def test_generation_never_goes_back_for_many_threads(fleet: Fleet) -> None:
    worker = fleet.worker(connections=40, clock=time.monotonic)
    generations, threads, done = worker.cache.generations, Threads(), threading.Event()

    def watch() -> None:
        last = 0
        while not done.is_set():
            number = generations.current(time.monotonic()).number
            assert number >= last
            last = number

    def bump() -> None:
        for _ in range(100):
            assert generations.bump("content")

    threads.start(watch, count=8)
    writers = Threads()
    writers.start(bump, count=4)
    writers.join()
    done.set()
    threads.join()
    assert worker.cache.breaker.closed


def test_threads_that_confirm_at_the_same_time_share_one_question(fleet: Fleet) -> None:
    worker = fleet.worker(clock=time.monotonic)
    generations, threads, asking = worker.cache.generations, Threads(), threading.Event()
    generations.current(0)
    came = threading.Barrier(21)

    def hold_up() -> None:
        asking.set()
        came.wait(10)
        time.sleep(0.05)  # until they wait for the lock, which can't be observed

    def ask() -> None:
        asking.wait(10)
        came.wait(10)
        generations.current(time.monotonic())

    worker.steps.before["confirm"] = hold_up
    threads.start(lambda: generations.current(time.monotonic()))
    threads.start(ask, count=20)
    threads.join()
    assert worker.steps.calls["confirm"] <= 1 + 1 + 3


@pytest.mark.parametrize("fault", ["flushall", "evicted", "back", "foreign", "far ahead"])
def test_lost_generation_is_replaced_by_a_higher_one_than_any_worker_has_seen(
    fleet: Fleet, clock: Clock, look: redis.Redis, fault: str
) -> None:
    one, other = fleet.worker(), fleet.worker()
    early = other.cache.generations.current(0).number
    one.cache.generations.bump("content")
    seen = one.cache.generations.current(0).number
    match fault:
        case "flushall":
            look.flushall()
        case "evicted":
            look.delete(KEYS.generation)
        case "back":
            look.set(KEYS.generation, early)
        case "foreign":
            look.set(KEYS.generation, "nan")
        case "far ahead":
            look.set(KEYS.generation, 2**53 - 1)
    clock.advance(1)
    number = one.cache.generations.current(clock()).number
    assert seen < number < 2**52
    assert other.cache.generations.current(clock()).number == number
    assert fleet.worker().cache.generations.current(0).number == number
    one.cache.generations.bump("content")
    assert other.cache.generations.current(clock() + 1).number > number


def test_generation_is_local_while_the_breaker_is_open(fleet: Fleet) -> None:
    worker = fleet.worker()
    worker.cache.breaker.trip(redis.ConnectionError("away"))
    generations = worker.cache.generations
    first = generations.current(0)
    assert (first.shared, first.number < 0) == (False, True)
    assert generations.current(0).number == first.number
    assert not generations.bump("content")
    assert generations.current(0).number not in (first.number, 0)
    assert worker.steps.calls["confirm"] == 0


def test_each_outage_has_other_local_generations(fleet: Fleet) -> None:
    worker = fleet.worker()
    numbers = []
    for _ in range(3):
        worker.cache.breaker.trip(redis.ConnectionError("away"))
        numbers.append(worker.cache.generations.current(0).number)
        worker.heal()
    assert len(set(numbers)) == 3


@pytest.mark.parametrize("changed", [True, False])
def test_page_loaded_between_probe_and_closing_is_not_used_in_the_next_outage(
    changed: bool, fleet: Fleet
) -> None:
    """Between the answer to the probe and the closing a reader gets a local generation."""
    worker, other = fleet.worker(), fleet.worker()
    generations, breaker = worker.cache.generations, worker.cache.breaker
    breaker.trip(redis.ConnectionError("away"))
    late: list[int] = []
    probe = breaker._probe

    def probe_and_read() -> None:
        probe()
        late.append(generations.current(0).number)

    breaker._probe = probe_and_read
    worker.heal()
    if changed:
        other.write()
        fleet.clock.advance(0.06)
        assert generations.current(fleet.clock()).shared
    breaker.trip(redis.ConnectionError("away"))
    assert generations.current(0).number not in late


def test_late_answer_ends_the_local_generation(fleet: Fleet) -> None:
    """A process never goes back to older data, in its local pages either."""
    worker, other = fleet.worker(), fleet.worker()
    generations = worker.cache.generations
    generations.current(fleet.clock())
    loaded: list[int] = []

    def trip_and_read() -> None:
        worker.cache.breaker.trip(redis.ConnectionError("away"))
        loaded.append(generations.current(0).number)

    other.write()
    worker.steps.after["confirm"] = trip_and_read
    fleet.clock.advance(0.06)
    generations.current(fleet.clock())
    assert loaded[0] < 0
    assert generations.current(0).number not in (loaded[0], 0)


def test_bump_without_redis_begins_a_local_generation(fleet: Fleet) -> None:
    generations = fleet.worker(redis_configured=False).cache.generations
    before = generations.current(0)
    assert generations.bump("counts")
    assert generations.current(0).counts_version != before.counts_version
    assert generations.bump("content")
    assert generations.current(0).number != before.number


def test_threads_wait_for_a_connection_together_and_not_in_turn(fleet: Fleet) -> None:
    worker = fleet.worker(connections=1, pool_timeout=0.3, clock=time.monotonic)
    taken = worker.pool.get_connection()
    threads, refused = Threads(), []

    def ask() -> None:
        try:
            worker.cache.generations.current(time.monotonic())
        except PoolExhausted:
            refused.append(True)

    started = time.monotonic()
    threads.start(ask, count=12)
    threads.join()
    assert len(refused) == 12
    assert time.monotonic() - started < 1.5
    worker.pool.release(taken)
    assert worker.cache.generations.current(time.monotonic()).shared
    assert worker.cache.breaker.closed


def test_probe_makes_up_for_a_bump_without_free_connection(fleet: Fleet) -> None:
    worker, other = fleet.worker(connections=1, pool_timeout=0.01), fleet.worker()
    before = other.cache.generations.current(0).number
    taken = worker.pool.get_connection()
    assert not worker.cache.generations.bump("content")
    assert worker.cache.breaker.state is State.OPEN
    worker.pool.release(taken)
    worker.heal()
    fleet.clock.advance(1)
    assert other.cache.generations.current(fleet.clock()).number > before
