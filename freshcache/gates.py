"""How many threads of a process may load pages of one kind at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from freshcache.errors import Busy


class Gate:
    """At most `loads` threads load at a time, and at most `readers` load or wait.

    One that has waited `wait_seconds` gives up.
    """

    def __init__(self, *, loads: int, readers: int, wait_seconds: float) -> None:
        self._loads = threading.BoundedSemaphore(loads)
        self._readers = threading.BoundedSemaphore(readers)
        self._wait_seconds = wait_seconds

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place. Raise `Busy` if there is none."""
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
