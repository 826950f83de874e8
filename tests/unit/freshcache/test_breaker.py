"""The breaker: one failure opens it, and only a probe that covers every lost write closes it."""

import logging
import threading
from collections.abc import Callable

import pytest
import redis

from freshcache.breaker import BACKOFF_MAX_SECONDS, Breaker, State
from freshcache.errors import PoolExhausted, RedisAway
from tests.unit.freshcache.fleet import Clock
from tests.unit.freshcache.threads import Threads

AWAY = redis.ConnectionError("away")


class Probe:
    """Fails as often as it is told to; `during` runs once, inside the next probe."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.calls = 0
        self.during: Callable[[], object] | None = None

    def __call__(self) -> None:
        self.calls += 1
        during, self.during = self.during, None
        if during:
            during()
        if self.failures:
            self.failures -= 1
            raise redis.ConnectionError("still away")


@pytest.fixture
def probe() -> Probe:
    return Probe()


@pytest.fixture
def started() -> list[Callable[[], None]]:
    """What the breaker wanted to have run on a thread."""
    return []


@pytest.fixture
def breaker(probe: Probe, started: list[Callable[[], None]]) -> Breaker:
    return Breaker(probe=probe, clock=Clock(), sleep=lambda _: None, start_probing=started.append)


def test_a_failed_call_opens_it_and_is_told_as_redis_being_away(breaker: Breaker) -> None:
    with pytest.raises(RedisAway), breaker.watch():
        raise AWAY
    assert breaker.state is State.OPEN
    assert not breaker.closed


def test_a_busy_pool_is_no_outage(breaker: Breaker) -> None:
    with pytest.raises(PoolExhausted), breaker.watch():
        raise PoolExhausted("busy")
    assert breaker.closed


def test_a_fault_of_our_own_is_no_outage(breaker: Breaker) -> None:
    with pytest.raises(ValueError, match="ours"), breaker.watch():
        raise ValueError("ours")
    assert breaker.closed


def test_many_failures_at_once_begin_the_probing_once(
    breaker: Breaker, started: list[Callable[[], None]]
) -> None:
    threads, together = Threads(), threading.Barrier(20)

    def fail() -> None:
        together.wait(10)
        breaker.trip(AWAY)

    threads.start(fail, count=20)
    threads.join()
    assert len(started) == 1


def test_writes_pass_only_while_it_is_closed(breaker: Breaker) -> None:
    assert breaker.passes()
    breaker.trip(AWAY)
    assert not breaker.passes()
    assert breaker.attempt()
    assert breaker.passes()


def test_it_stays_open_until_a_probe_succeeds(breaker: Breaker, probe: Probe) -> None:
    breaker.trip(AWAY)
    probe.failures = 2
    assert not breaker.attempt()
    assert breaker.state is State.OPEN
    assert not breaker.attempt()
    assert breaker.attempt()
    assert breaker.closed


def test_nothing_passes_while_it_is_half_open(breaker: Breaker, probe: Probe) -> None:
    seen: list[tuple[State, bool]] = []
    breaker.trip(AWAY)
    probe.during = lambda: seen.append((breaker.state, breaker.closed))
    breaker.attempt()
    assert seen == [(State.HALF_OPEN, False)]


@pytest.mark.parametrize("lose", [Breaker.passes, lambda breaker: breaker.trip(AWAY)])
def test_a_write_that_is_lost_while_the_probe_runs_sends_it_off_again(
    breaker: Breaker, probe: Probe, lose: Callable[[Breaker], object]
) -> None:
    breaker.trip(AWAY)
    probe.during = lambda: lose(breaker)
    assert breaker.attempt()
    assert probe.calls == 2


def test_a_surprise_in_the_probe_ends_neither_the_probing_nor_the_outage(
    breaker: Breaker, probe: Probe
) -> None:
    breaker.trip(AWAY)

    def surprise() -> None:
        raise KeyError("surprise")

    probe.during = surprise
    assert not breaker.attempt()
    assert breaker.state is State.OPEN


def test_it_probes_until_it_succeeds_with_growing_jittered_pauses() -> None:
    pauses: list[float] = []
    probe = Probe(failures=8)
    breaker = Breaker(probe=probe, sleep=pauses.append, start_probing=lambda run: run())
    breaker.trip(AWAY)
    assert breaker.closed
    assert probe.calls == len(pauses) == 9
    assert 0.05 <= pauses[0] <= 0.1 < pauses[2] <= 0.4
    assert all(BACKOFF_MAX_SECONDS / 2 <= pause <= BACKOFF_MAX_SECONDS for pause in pauses[5:])
    assert len(set(pauses)) == 9


def test_left_to_itself_it_probes_on_a_thread_of_its_own(
    wait_until: Callable[..., None],
) -> None:
    probe = Probe(failures=1)
    breaker = Breaker(probe=probe)
    breaker.trip(AWAY)
    wait_until(lambda: breaker.closed)
    assert probe.calls == 2


def test_with_no_thread_to_be_had_nothing_is_raised_and_the_next_caller_tries_again() -> None:
    started: list[Callable[[], None]] = []

    def start(run: Callable[[], None]) -> None:
        if not started:
            started.append(run)
            raise RuntimeError("can't start new thread")
        started.append(run)

    breaker = Breaker(probe=Probe(), sleep=lambda _: None, start_probing=start)
    breaker.trip(AWAY)
    assert not breaker.closed
    assert len(started) == 2
    assert not breaker.closed
    assert len(started) == 2, "one is probing already"
    started[1]()
    assert breaker.closed


def test_a_probing_that_died_is_begun_again(
    breaker: Breaker, probe: Probe, started: list[Callable[[], None]]
) -> None:
    def die() -> None:
        raise SystemExit

    breaker.trip(AWAY)
    probe.during = die
    with pytest.raises(SystemExit):
        started[0]()
    assert not breaker.closed
    started[1]()
    assert breaker.closed


def test_the_next_outage_is_probed_too(breaker: Breaker, started: list[Callable[[], None]]) -> None:
    for outage in range(3):
        breaker.trip(AWAY)
        assert len(started) == outage + 1
        started[outage]()
        assert breaker.closed


def test_it_says_how_long_it_has_been_in_its_state() -> None:
    clock = Clock()
    breaker = Breaker(probe=Probe(), clock=clock, start_probing=lambda _: None)
    clock.advance(5)
    assert breaker.seconds_in_state == 5
    breaker.trip(AWAY)
    clock.advance(2)
    assert breaker.seconds_in_state == 2


def test_an_outage_is_two_warnings_however_many_calls_fail(
    breaker: Breaker, probe: Probe, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "freshcache"):
        for _ in range(5):
            breaker.trip(AWAY)
        probe.failures = 1
        breaker.attempt()
        breaker.attempt()
    warnings = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert warnings == [
        "breaker opened: falling back to memory",
        "breaker closed: Redis is back",
    ]
