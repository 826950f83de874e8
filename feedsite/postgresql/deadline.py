"""The limit in seconds for one answer of the database. Only web servers have one.

Commands, migrations and the listener wait without a limit.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_process_seconds: float | None = None
_thread = threading.local()


def set_for_process(seconds: float | None) -> None:
    """Set the limit for all threads of this process; None removes it."""
    global _process_seconds  # noqa: PLW0603 -- a process has one server, and so one limit
    _process_seconds = seconds


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Set the limit for this thread until the end of the block."""
    before: float | None = getattr(_thread, "seconds", None)
    _thread.seconds = seconds
    try:
        yield
    finally:
        _thread.seconds = before


def seconds() -> float | None:
    """Return the limit of this thread, else of the process; None without a limit."""
    thread_seconds: float | None = getattr(_thread, "seconds", None)
    return _process_seconds if thread_seconds is None else thread_seconds


def process_seconds() -> float | None:
    """Return the limit of this process; None if it is no web server."""
    return _process_seconds
