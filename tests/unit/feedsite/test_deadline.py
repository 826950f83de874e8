"""The time limits of a thread, with an injected clock."""

from types import SimpleNamespace

import pytest

from feedsite.postgresql import deadline
from tests.unit.freshcache.fleet import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(deadline, "time", SimpleNamespace(monotonic=clock))
    return clock


def test_queries_share_the_time_of_their_block(clock: Clock) -> None:
    with deadline.within(5.0):
        clock.advance(3.0)
        assert deadline.seconds() == 2.0
        assert not deadline.has_passed()
        clock.advance(2.0)
        assert deadline.seconds() == 0.0
        assert deadline.has_passed()
    assert deadline.seconds() is None


def test_each_answer_of_a_read_has_a_shorter_limit(clock: Clock) -> None:
    with deadline.within(5.0, answer_seconds=2.0):
        clock.advance(2.5)
        assert deadline.seconds() == 2.0
        clock.advance(1.5)
        assert deadline.seconds() == 1.0


def test_inner_block_does_not_extend_the_deadline(clock: Clock) -> None:
    with deadline.within(2.0):
        clock.advance(1.0)
        with deadline.within(5.0):
            assert deadline.seconds_left() == 1.0
        with deadline.within(0.5):
            assert deadline.seconds_left() == 0.5
        assert deadline.seconds_left() == 1.0


def test_commit_and_rollback_have_their_own_time_after_the_deadline(clock: Clock) -> None:
    with deadline.within(2.0):
        clock.advance(3.0)
        with deadline.extended(1.0):
            assert deadline.seconds() == 1.0
        assert deadline.has_passed()
    with deadline.extended(1.0):
        assert deadline.seconds() is None


def test_limit_of_the_process_is_for_threads_without_a_deadline(clock: Clock) -> None:
    deadline.set_for_process(7.0)
    try:
        assert deadline.seconds() == 7.0
        with deadline.within(2.0):
            assert deadline.seconds() == 2.0
    finally:
        deadline.set_for_process(None)
