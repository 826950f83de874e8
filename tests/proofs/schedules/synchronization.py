"""Replacements for `threading`, built on switch points and waits of a scheduler.

A waiting thread never runs, so a run can't hang: a real deadlock is detected and reported.
"""

import math
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace, TracebackType

from tests.proofs.schedules.scheduler import Scheduler


def threading_of(scheduler: Scheduler) -> SimpleNamespace:
    """Return a replacement for the module `threading`."""
    return SimpleNamespace(
        Lock=partial(Semaphore, scheduler, 1),
        BoundedSemaphore=partial(Semaphore, scheduler),
        Event=partial(Event, scheduler),
        Thread=partial(Thread, scheduler),
    )


class Semaphore:
    """A semaphore, or a lock if `limit` is 1. `acquire` is a switch point within its process."""

    def __init__(self, scheduler: Scheduler, limit: int) -> None:
        self._scheduler = scheduler
        self._free = self._limit = limit

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()

    def acquire(self) -> bool:
        if (task := self._scheduler.current) is not None:
            self._scheduler.point_within(task.process)
        if not self._free:
            self._scheduler.wait_for(lambda: self._free > 0)
        self._free -= 1
        return True

    def release(self) -> None:
        if self._free == self._limit:
            raise ValueError("released more often than acquired")
        self._free += 1


class Event:
    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._is_set = False

    def set(self) -> None:
        self._is_set = True

    def wait(self, timeout: float | None = None) -> bool:
        seconds = math.inf if timeout is None else timeout
        return self._is_set or self._scheduler.wait_for(lambda: self._is_set, seconds)


class Thread:
    """A thread that the code under test starts. It runs in the background of the scheduler."""

    def __init__(
        self, scheduler: Scheduler, *, target: Callable[[], object], name: str, daemon: bool
    ) -> None:
        self._scheduler, self._target, self._name = scheduler, target, name
        assert daemon, "a thread that is no daemon would delay the end of a server"

    def start(self) -> None:
        process = self._scheduler.current.process if self._scheduler.current else ""
        name = f"{process} {self._name.rpartition('-')[2]}"
        self._scheduler.start(name, process, self._target, background=True)
