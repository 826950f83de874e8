"""The scheduler: it runs one thread at a time, finds every order, and reports deadlocks."""

import threading
from collections.abc import Callable
from functools import partial
from itertools import permutations
from typing import Any

import pytest

from tests.proofs.schedules.running import Outcome
from tests.proofs.schedules.scheduler import Action, Scheduler
from tests.proofs.schedules.search import depth_first
from tests.proofs.schedules.strategies import Replay, Strategy
from tests.proofs.schedules.synchronization import threading_of

Work = Callable[[Scheduler, Any, list[str]], None]


def outcomes(*threads: Work, preemptions: int, actions: tuple[Action, ...] = ()) -> set[str]:
    """Return the results of all schedules: what the threads wrote, or the error."""
    found = set()

    def run(strategy: Strategy) -> Outcome:
        scheduler, written = Scheduler(strategy), list[str]()
        module = threading_of(scheduler)
        shared = {"lock": module.Lock(), "other": module.Lock(), "event": module.Event()}
        for place, thread in enumerate(threads):
            scheduler.start(f"{place}", "A", partial(thread, scheduler, shared, written))
        scheduler.run(actions=[actions])
        scheduler.close()
        found.add(scheduler.wrong or "".join(written))
        return Outcome("", (), scheduler.steps)

    assert depth_first(run, preemptions=preemptions).complete
    return found


def writing(letters: str) -> Work:
    def write(scheduler: Scheduler, shared: Any, written: list[str]) -> None:
        for letter in letters:
            scheduler.point()
            written.append(letter)

    return write


def holding(first: str, second: str) -> Work:
    def hold(scheduler: Scheduler, shared: Any, written: list[str]) -> None:
        with shared[first], shared[second]:
            written.append(first[0])

    return hold


def waiting(seconds: float | None) -> Work:
    def wait(scheduler: Scheduler, shared: Any, written: list[str]) -> None:
        written.append("set" if shared["event"].wait(seconds) else "late")

    return wait


def setting(scheduler: Scheduler, shared: Any, written: list[str]) -> None:
    shared["event"].set()


def test_every_order_is_found_with_enough_preemptions() -> None:
    orders = {"".join(order) for order in permutations("abAB")}
    in_order = {text for text in orders if text.find("a") < text.find("b")}
    in_order = {text for text in in_order if text.find("A") < text.find("B")}
    assert outcomes(writing("ab"), writing("AB"), preemptions=3) == in_order


def test_any_thread_may_run_after_one_ends() -> None:
    orders = {"".join(order) for order in permutations("abc")}
    assert outcomes(*map(writing, "abc"), preemptions=0) == orders


def test_thread_runs_as_long_as_it_can_without_preemptions() -> None:
    assert outcomes(writing("ab"), writing("AB"), preemptions=0) == {"abAB", "ABab"}


def test_lock_excludes_other_threads_without_deadlock() -> None:
    def careful(scheduler: Scheduler, shared: Any, written: list[str]) -> None:
        with shared["lock"]:
            writing("xy")(scheduler, shared, written)

    assert outcomes(careful, careful, preemptions=3) == {"xyxy"}


def test_deadlock_is_reported() -> None:
    found = outcomes(holding("lock", "other"), holding("other", "lock"), preemptions=1)
    assert {result.partition(":")[0] for result in found} == {"deadlock", "lo", "ol"}


def test_wait_without_end_is_a_deadlock() -> None:
    assert {"deadlock" in result for result in outcomes(waiting(None), preemptions=0)} == {True}


def test_time_passes_only_when_all_threads_wait_or_by_an_action() -> None:
    assert outcomes(waiting(1.0), preemptions=0) == {"late"}
    assert outcomes(waiting(1.0), setting, preemptions=0) == {"set"}


def test_action_happens_at_every_point_and_at_none() -> None:
    written: list[str] = []

    def write(scheduler: Scheduler, shared: Any, mine: list[str]) -> None:
        written.clear()
        for letter in "ab":
            scheduler.point()
            written.append(letter)
        mine.extend(written)

    action = Action("!", lambda: written.append("!"))
    assert outcomes(write, preemptions=0, actions=(action,)) == {"ab", "!ab", "a!b"}


def test_same_choices_repeat_the_run() -> None:
    def run(choices: bytes) -> list[str]:
        scheduler, written = Scheduler(Replay(choices)), list[str]()
        for letters in ("abc", "ABC"):
            scheduler.start(letters, "A", partial(writing(letters), scheduler, None, written))
        scheduler.run()
        scheduler.close()
        return written

    assert run(b"\0\1") == run(b"\0\1") != run(b"")


def test_exception_of_a_thread_is_the_result() -> None:
    def fail(scheduler: Scheduler, shared: Any, written: list[str]) -> None:
        raise LookupError("here")

    assert outcomes(fail, preemptions=0) == {"0 raised LookupError('here')"}


def test_waiting_threads_are_ended() -> None:
    ended = threading.Event()

    def sleep(scheduler: Scheduler, shared: Any, written: list[str]) -> None:
        try:
            scheduler.wait_for(lambda: False)
        finally:
            ended.set()

    outcomes(sleep, preemptions=0)
    assert ended.is_set()


def test_schedule_without_end_is_stopped() -> None:
    def spin(scheduler: Scheduler, shared: Any, written: list[str]) -> None:
        while True:
            scheduler.point()

    scheduler = Scheduler(Replay())
    scheduler.start("spinning", "A", lambda: spin(scheduler, None, []))
    scheduler.run()
    scheduler.close()
    assert "does not end" in scheduler.wrong


def test_nondeterministic_run_is_detected() -> None:
    with pytest.raises(AssertionError, match="not deterministic"):
        Replay(b"\5").choose((0, 1))
