"""A limit on the concurrent requests of one kind, with counts for operators."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

log = structlog.stdlib.get_logger(__name__)

# A request in the waiting room waits this long at most, for all its lanes together.
WAIT_SECONDS = 10.0
# A request outside waits this long at most, and only while requests enter or leave the lane.
SHORT_WAIT_SECONDS = 2.0
# A full lane logs that it refuses requests at most this often.
LOG_INTERVAL_SECONDS = 10.0
# Requests beyond those that may wait outside wait only while the lane moves as fast as this.
CROWD_STILL_SECONDS = 0.02
FOREVER = float("inf")


class LaneFull(Exception):  # noqa: N818 -- a limit that was reached, not an error
    """No place in the lane was free in time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LaneState:
    """Requests in a lane and requests that wait for it now; refused ones since the start."""

    size: int
    in_use: int
    waiting: int
    refused: int


class Lane:
    """At most `size` requests at a time. Thread-safe.

    Up to `max_waiting` more wait in `room`, which several lanes share. Up to `max_outside` others
    wait outside, until no request has entered or left the lane for `max_still_seconds`; with 0 they
    are refused immediately. Any further ones wait likewise, but no longer than CROWD_STILL_SECONDS.
    """

    def __init__(
        self,
        name: str,
        size: int,
        *,
        room: threading.Semaphore,
        max_waiting: int = 0,
        max_outside: float = FOREVER,
        max_still_seconds: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._size = size
        self._room = room
        self._max_waiting = max_waiting
        self._max_outside = max_outside
        self._max_still_seconds = max_still_seconds
        self._clock = clock
        self._changed_at = clock()
        self._logged_at = float("-inf")
        self._in_use = self._in_room = self._outside = self._refused = 0
        self._free = threading.Condition()

    @contextmanager
    def entered(
        self, *, until: float | None = FOREVER, max_still_seconds: float | None = None
    ) -> Iterator[None]:
        """Hold a place until the end of the block. For the arguments see `enter`.

        Raises:
            LaneFull: no place was free in time.
        """
        self.enter(until=until, max_still_seconds=max_still_seconds)
        try:
            yield
        finally:
            self.leave()

    def enter(
        self, *, until: float | None = FOREVER, max_still_seconds: float | None = None
    ) -> None:
        """Take a place; `leave` returns it.

        Wait `WAIT_SECONDS` at most, and no longer than `until` (seconds on the lane's clock). With
        None, neither wait nor count as refused: the request has another answer.
        `max_still_seconds` replaces that of the lane.

        Raises:
            LaneFull: no place was free in time.
        """
        with self._free:
            still = self._max_still_seconds if max_still_seconds is None else max_still_seconds
            if self._has_place() or (until is not None and self._wait(until, still)):
                self._in_use += 1
                self._changed_at = self._clock()
                return
            self._refused += until is not None
            refused, log_now = self._refused, until is not None and self._may_log()
        if log_now:  # not under the lock: writing a line may take long
            log.warning("lane full: requests refused", lane=self.name, refused_since_start=refused)
        raise LaneFull

    def leave(self) -> None:
        """Return a place."""
        with self._free:
            self._in_use -= 1
            self._changed_at = self._clock()
            self._free.notify()

    def state(self) -> LaneState:
        """Return the counts of this moment."""
        with self._free:
            return LaneState(
                size=self._size,
                in_use=self._in_use,
                waiting=self._in_room + self._outside,
                refused=self._refused,
            )

    def _has_place(self) -> bool:
        return self._in_use < self._size

    def _wait(self, until: float, max_still_seconds: float) -> bool:
        """Return whether a place is free now. The caller holds the lock."""
        if self._in_room < self._max_waiting and self._room.acquire(blocking=False):
            self._in_room += 1
            try:
                seconds = min(WAIT_SECONDS, until - self._clock())
                return self._free.wait_for(self._has_place, max(0, seconds))
            finally:
                self._in_room -= 1
                self._room.release()
        if self._outside >= self._max_outside:
            max_still_seconds = min(max_still_seconds, CROWD_STILL_SECONDS)
        self._outside += 1
        try:
            until = min(until, self._clock() + SHORT_WAIT_SECONDS)
            return self._wait_while_it_moves(until, max_still_seconds)
        finally:
            self._outside -= 1

    def _wait_while_it_moves(self, until: float, max_still_seconds: float) -> bool:
        while not self._has_place():
            seconds = min(until, self._changed_at + max_still_seconds) - self._clock()
            if seconds <= 0:
                return False
            self._free.wait(seconds)
        return True

    def _may_log(self) -> bool:
        now = self._clock()
        if now - self._logged_at < LOG_INTERVAL_SECONDS:
            return False
        self._logged_at = now
        return True
