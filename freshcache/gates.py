"""A limit on how many threads of a process load pages of one kind at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from freshcache.errors import Busy


class Gate:
    """At most `loads` threads load at a time; at most `readers` threads load or wait.

    `wait_seconds`: the longest that a thread waits for its turn. Thread-safe.
    """

    def __init__(self, *, loads: int, readers: int, wait_seconds: float) -> None:
        self._loads = threading.BoundedSemaphore(loads)
        self._readers = threading.BoundedSemaphore(readers)
        self._wait_seconds = wait_seconds

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place for one load.

        Raises:
            Busy: too many threads load or wait already, or this one has waited too long.
        """
        if not self._readers.acquire(blocking=False):
            raise Busy
        try:
            if not self._loads.acquire(timeout=self._wait_seconds):
                raise Busy
            try:
                yield
            finally:
                self._loads.release()
        finally:
            self._readers.release()
