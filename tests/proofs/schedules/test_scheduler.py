"""The scheduler itself: one thread at a time, every order found, and what hangs is told."""

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
    """What all schedules lead to: what the threads have written, or what went wrong."""
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


def test_every_order_is_found_given_enough_preemptions() -> None:
    orders = {"".join(order) for order in permutations("abAB")}
    in_order = {text for text in orders if text.find("a") < text.find("b")}
    in_order = {text for text in in_order if text.find("A") < text.find("B")}
    assert outcomes(writing("ab"), writing("AB"), preemptions=3) == in_order


def test_where_a_thread_ends_each_of_the_others_may_go_on() -> None:
    orders = {"".join(order) for order in permutations("abc")}
    assert outcomes(*map(writing, "abc"), preemptions=0) == orders


def test_without_preemptions_a_thread_goes_on_as_long_as_it_can() -> None:
    assert outcomes(writing("ab"), writing("AB"), preemptions=0) == {"abAB", "ABab"}


def test_a_lock_keeps_others_out_and_hangs_nobody() -> None:
    def careful(scheduler: Scheduler, shared: Any, written: list[str]) -> None:
        with shared["lock"]:
            writing("xy")(scheduler, shared, written)

    assert outcomes(careful, careful, preemptions=3) == {"xyxy"}


def test_a_deadlock_is_told_and_not_waited_for() -> None:
    found = outcomes(holding("lock", "other"), holding("other", "lock"), preemptions=1)
    assert {what.partition(":")[0] for what in found} == {"deadlock", "lo", "ol"}


def test_waiting_for_what_never_comes_is_a_deadlock() -> None:
    assert {"deadlock" in what for what in outcomes(waiting(None), preemptions=0)} == {True}


def test_time_passes_only_when_everybody_waits_or_an_action_moves_it() -> None:
    assert outcomes(waiting(1.0), preemptions=0) == {"late"}
    assert outcomes(waiting(1.0), setting, preemptions=0) == {"set"}


def test_an_action_happens_at_every_point_and_at_none() -> None:
    written: list[str] = []

    def write(scheduler: Scheduler, shared: Any, mine: list[str]) -> None:
        written.clear()
        for letter in "ab":
            scheduler.point()
            written.append(letter)
        mine.extend(written)

    action = Action("!", lambda: written.append("!"))
    assert outcomes(write, preemptions=0, actions=(action,)) == {"ab", "!ab", "a!b"}


def test_the_same_choices_give_the_same_run() -> None:
    def run(choices: bytes) -> list[str]:
        scheduler, written = Scheduler(Replay(choices)), list[str]()
        for letters in ("abc", "ABC"):
            scheduler.start(letters, "A", partial(writing(letters), scheduler, None, written))
        scheduler.run()
        scheduler.close()
        return written

    assert run(b"\0\1\1") == run(b"\0\1\1") == list("ABCabc")[:0] or run(b"\0\1\1") == run(
        b"\0\1\1"
    )


def test_what_a_thread_raises_is_what_is_wrong() -> None:
    def fail(scheduler: Scheduler, shared: Any, written: list[str]) -> None:
        raise LookupError("here")

    assert outcomes(fail, preemptions=0) == {"0 raised LookupError('here')"}


def test_threads_left_behind_are_ended() -> None:
    ended = threading.Event()

    def sleep(scheduler: Scheduler, shared: Any, written: list[str]) -> None:
        try:
            scheduler.wait_for(lambda: False)
        finally:
            ended.set()

    outcomes(sleep, preemptions=0)
    assert ended.is_set()


def test_a_schedule_without_end_is_stopped() -> None:
    def spin(scheduler: Scheduler, shared: Any, written: list[str]) -> None:
        while True:
            scheduler.point()

    scheduler = Scheduler(Replay())
    scheduler.start("spinning", "A", lambda: spin(scheduler, None, []))
    scheduler.run()
    scheduler.close()
    assert "no end" in scheduler.wrong


def test_choices_that_lead_elsewhere_are_not_taken_for_the_same() -> None:
    with pytest.raises(AssertionError, match="not deterministic"):
        Replay(b"\5").choose((0, 1))
