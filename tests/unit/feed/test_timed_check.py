"""A check with a time limit: who waits, how long, and what they get."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from structlog.testing import capture_logs

from feed.timed_check import TimedCheck
from tests.processes import wait_until

PATIENT_SECONDS = 30.0


class Check:
    """A check that answers once `gate` is set."""

    def __init__(self) -> None:
        self.answer = "ok"
        self.calls = 0
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self) -> str:
        self.calls += 1
        assert self.gate.wait(PATIENT_SECONDS)
        return self.answer

    @contextmanager
    def hanging(self) -> Iterator[None]:
        self.gate.clear()
        try:
            yield
        finally:
            self.gate.set()


@pytest.fixture
def check() -> Check:
    return Check()


def test_caller_gets_the_answer_of_its_own_check(check: Check) -> None:
    timed = TimedCheck(
        check, failed="down", wait_seconds=PATIENT_SECONDS, limit_seconds=PATIENT_SECONDS
    )
    for answer in ("ok", "pending", "ok"):
        check.answer = answer
        assert timed() == answer


def test_check_that_takes_long_is_answered_with_the_last_answer_then_with_failed(
    check: Check,
) -> None:
    now = 0.0
    timed = TimedCheck(check, failed="down", limit_seconds=PATIENT_SECONDS, clock=lambda: now)
    assert timed() == "ok"
    with check.hanging():
        assert {timed() for _ in range(3)} == {"ok"}
        now = PATIENT_SECONDS
        assert {timed() for _ in range(3)} == {"down"}
        assert check.calls == 2
    wait_until(lambda: timed() == "ok")


def test_before_the_first_answer_callers_wait_for_the_limit(check: Check) -> None:
    timed = TimedCheck(check, failed="down", wait_seconds=0.0, limit_seconds=PATIENT_SECONDS)
    answers: list[str] = []
    with check.hanging():
        threads = [threading.Thread(target=lambda: answers.append(timed())) for _ in range(3)]
        for thread in threads:
            thread.start()
        wait_until(lambda: check.calls == 1)
        assert answers == []
    for thread in threads:
        thread.join(PATIENT_SECONDS)
    assert answers == ["ok"] * 3


def test_check_without_a_first_answer_has_failed_after_the_limit(check: Check) -> None:
    timed = TimedCheck(check, failed="down", limit_seconds=0.01)
    with check.hanging():
        assert timed() == "down"


def test_begin_starts_one_check(check: Check) -> None:
    timed = TimedCheck(check, failed="down", limit_seconds=PATIENT_SECONDS)
    with check.hanging():
        assert timed.begin()
        assert not timed.begin()
    assert timed() == "ok"
    assert check.calls <= 2


def test_exception_in_a_check_is_logged_and_counts_as_failed() -> None:
    def broken() -> str:
        raise ValueError("broken")

    timed = TimedCheck(broken, failed="down", limit_seconds=PATIENT_SECONDS)
    with capture_logs() as logs:
        assert timed() == "down"
    assert [log["event"] for log in logs] == ["check failed"]
