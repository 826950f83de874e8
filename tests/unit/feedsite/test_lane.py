"""A lane: its places, its waiting requests, its counts and its log line."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from structlog.testing import capture_logs

from feedsite import lane as lane_module
from feedsite.lane import CROWD_STILL_SECONDS, LOG_INTERVAL_SECONDS, Lane, LaneFull
from tests.processes import wait_until


class Clock:
    """A clock that tests set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def make(
    size: int = 1,
    *,
    room: int = 10,
    max_waiting: int = 0,
    max_outside: float = lane_module.FOREVER,
    max_still_seconds: float = 0.0,
    clock: Callable[[], float] | None = None,
) -> Lane:
    return Lane(
        "writes",
        size,
        room=threading.Semaphore(room),
        max_waiting=max_waiting,
        max_outside=max_outside,
        max_still_seconds=max_still_seconds,
        clock=clock or Clock(),
    )


@contextmanager
def waiting(lane: Lane, number: int = 1) -> Iterator[list[bool]]:
    """Requests that wait for the lane. The list gets whether each of them entered."""
    results: list[bool] = []

    def enter() -> None:
        try:
            lane.enter()
        except LaneFull:
            results.append(False)
        else:
            results.append(True)

    before = lane.state().waiting
    threads = [threading.Thread(target=enter) for _ in range(number)]
    for thread in threads:
        thread.start()
    wait_until(lambda: lane.state().waiting == before + number)
    yield results
    for thread in threads:
        thread.join(10)


def test_place_is_returned() -> None:
    lane = make()
    for _ in range(3):
        with lane.entered():
            assert lane.state().in_use == 1
    with pytest.raises(ValueError, match="broken"), lane.entered():
        raise ValueError("broken")
    assert lane.state().in_use == 0


def test_request_in_the_room_enters_when_a_place_is_returned() -> None:
    lane = make(max_waiting=1)
    lane.enter()
    with waiting(lane) as results:
        lane.leave()
        wait_until(lambda: results == [True])
    assert (lane.state().in_use, lane.state().waiting, lane.state().refused) == (1, 0, 0)


def test_request_outside_enters_when_a_place_is_returned() -> None:
    lane = make(max_still_seconds=60.0)
    lane.enter()
    with waiting(lane) as results:
        lane.leave()
        wait_until(lambda: results == [True])


def test_full_lane_without_a_place_to_wait_refuses_immediately() -> None:
    lane = make()
    lane.enter()
    with pytest.raises(LaneFull):
        lane.enter()


def test_request_outside_is_refused_if_the_lane_does_not_move() -> None:
    clock = Clock()
    lane = make(max_still_seconds=0.25, clock=clock)
    lane.enter()
    clock.now = 0.25
    with pytest.raises(LaneFull):
        lane.enter()


def test_crowd_outside_is_refused_sooner() -> None:
    clock = Clock()
    lane = make(max_outside=1, max_still_seconds=60.0, clock=clock)
    lane.enter()
    clock.now = CROWD_STILL_SECONDS
    with waiting(lane) as results:
        with pytest.raises(LaneFull):
            lane.enter()
        lane.leave()
        wait_until(lambda: results == [True])


def test_requests_of_one_lane_leave_room_for_those_of_another() -> None:
    room = threading.Semaphore(3)
    first, second = (Lane(name, 1, room=room, max_waiting=2) for name in ("writes", "searches"))
    first.enter()
    second.enter()
    with waiting(first, 2), waiting(second):
        for lane in (first, second):  # the first has no more places in the room, the room none
            with pytest.raises(LaneFull):
                lane.enter()
        for _ in range(2):
            first.leave()
        second.leave()
    assert room._value == 3


def test_request_in_the_room_waits_no_longer_than_until() -> None:
    clock = Clock()
    lane = make(max_waiting=1, clock=clock)
    lane.enter()
    clock.now = 5.0
    waits: list[float] = []
    lane._free.wait_for = lambda _, seconds: waits.append(seconds)  # type: ignore[assignment, method-assign, misc] # otherwise it waits
    for until in (7.0, 5.0, 4.0, lane_module.FOREVER):
        with pytest.raises(LaneFull):
            lane.enter(until=until)
    assert waits == [2.0, 0.0, 0.0, lane_module.WAIT_SECONDS]


def test_wait_in_the_room_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane_module, "WAIT_SECONDS", 0.01)
    lane = make(max_waiting=1)
    lane.enter()
    with pytest.raises(LaneFull):
        lane.enter()
    assert lane.state().refused == 1


def test_refusals_are_counted_and_logged_once_per_interval() -> None:
    clock = Clock()
    lane = make(clock=clock)
    lane.enter()

    def refuse(number: int) -> None:
        for _ in range(number):
            with suppress(LaneFull):
                lane.enter()

    with capture_logs() as logs:
        refuse(3)
        clock.now = LOG_INTERVAL_SECONDS
        refuse(2)
    assert lane.state().refused == 5
    event = {"event": "lane full: requests refused", "log_level": "warning", "lane": "writes"}
    assert logs == [event | {"refused_since_start": number} for number in (1, 4)]
