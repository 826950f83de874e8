"""How many threads of a process may load pages of one kind at a time, and what one more is told."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from posts.problems import busy


class Busy(Exception):  # noqa: N818 -- no fault: there is room for so many at a time
    """Too many threads already load such pages; retry later."""


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


def told_if_busy(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Ask the reader to come back when too many load older pages."""

    @wraps(view)
    def told(request: HttpRequest, **arguments: Any) -> HttpResponse:
        try:
            return view(request, **arguments)
        except Busy:
            return busy(request)

    return told
