"""One failure opens the breaker; only a probe after every lost write closes it."""

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
    """Fails `failures` times. `during` runs once, in the next probe."""

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
    """The functions that the breaker wanted to run on a thread."""
    return []


@pytest.fixture
def breaker(probe: Probe, started: list[Callable[[], None]]) -> Breaker:
    return Breaker(probe=probe, clock=Clock(), sleep=lambda _: None, start_probing=started.append)


def test_failed_call_opens_the_breaker_and_raises_redis_away(breaker: Breaker) -> None:
    with pytest.raises(RedisAway), breaker.watch():
        raise AWAY
    assert breaker.state is State.OPEN
    assert not breaker.closed


def test_exhausted_pool_leaves_the_breaker_closed(breaker: Breaker) -> None:
    with pytest.raises(PoolExhausted), breaker.watch():
        raise PoolExhausted("busy")
    assert breaker.closed


def test_error_that_is_not_from_redis_leaves_the_breaker_closed(breaker: Breaker) -> None:
    with pytest.raises(ValueError, match="ours"), breaker.watch():
        raise ValueError("ours")
    assert breaker.closed


def test_many_failures_at_once_start_one_probing(
    breaker: Breaker, started: list[Callable[[], None]]
) -> None:
    threads, together = Threads(), threading.Barrier(20)

    def fail() -> None:
        together.wait(10)
        breaker.trip(AWAY)

    threads.start(fail, count=20)
    threads.join()
    assert len(started) == 1


def test_writes_pass_only_while_the_breaker_is_closed(breaker: Breaker) -> None:
    assert breaker.passes()
    breaker.trip(AWAY)
    assert not breaker.passes()
    assert breaker.attempt()
    assert breaker.passes()


def test_breaker_stays_open_while_probe_fails(breaker: Breaker, probe: Probe) -> None:
    breaker.trip(AWAY)
    probe.failures = 2
    assert not breaker.attempt()
    assert breaker.state is State.OPEN
    assert not breaker.attempt()
    assert breaker.attempt()
    assert breaker.closed


def test_no_call_passes_while_the_breaker_is_half_open(breaker: Breaker, probe: Probe) -> None:
    seen: list[tuple[State, bool]] = []
    breaker.trip(AWAY)
    probe.during = lambda: seen.append((breaker.state, breaker.closed))
    breaker.attempt()
    assert seen == [(State.HALF_OPEN, False)]


@pytest.mark.parametrize("lose", [Breaker.passes, lambda breaker: breaker.trip(AWAY)])
def test_write_lost_during_the_probe_makes_it_run_again(
    breaker: Breaker, probe: Probe, lose: Callable[[Breaker], object]
) -> None:
    breaker.trip(AWAY)
    probe.during = lambda: lose(breaker)
    assert breaker.attempt()
    assert probe.calls == 2


def test_unexpected_error_in_the_probe_leaves_the_breaker_open(
    breaker: Breaker, probe: Probe
) -> None:
    breaker.trip(AWAY)

    def fail() -> None:
        raise KeyError("unexpected")

    probe.during = fail
    assert not breaker.attempt()
    assert breaker.state is State.OPEN


def test_probing_continues_until_success_with_growing_jittered_pauses() -> None:
    pauses: list[float] = []
    probe = Probe(failures=8)
    breaker = Breaker(probe=probe, sleep=pauses.append, start_probing=lambda run: run())
    breaker.trip(AWAY)
    assert breaker.closed
    assert probe.calls == len(pauses) == 9
    assert 0.05 <= pauses[0] <= 0.1 < pauses[2] <= 0.4
    assert all(BACKOFF_MAX_SECONDS / 2 <= pause <= BACKOFF_MAX_SECONDS for pause in pauses[5:])
    assert len(set(pauses)) == 9


def test_probe_runs_on_a_separate_thread_by_default(
    wait_until: Callable[..., None],
) -> None:
    probe = Probe(failures=1)
    breaker = Breaker(probe=probe)
    breaker.trip(AWAY)
    wait_until(lambda: breaker.closed)
    assert probe.calls == 2


def test_when_no_thread_can_start_the_next_call_tries_again() -> None:
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
    assert len(started) == 2, "one thread probes already"
    started[1]()
    assert breaker.closed


def test_probing_that_was_killed_is_started_again(
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


def test_each_outage_is_probed(breaker: Breaker, started: list[Callable[[], None]]) -> None:
    for outage in range(3):
        breaker.trip(AWAY)
        assert len(started) == outage + 1
        started[outage]()
        assert breaker.closed


def test_seconds_in_state_are_counted_from_the_last_change() -> None:
    clock = Clock()
    breaker = Breaker(probe=Probe(), clock=clock, start_probing=lambda _: None)
    clock.advance(5)
    assert breaker.seconds_in_state == 5
    breaker.trip(AWAY)
    clock.advance(2)
    assert breaker.seconds_in_state == 2


def test_outage_logs_two_warnings_for_any_number_of_failed_calls(
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
