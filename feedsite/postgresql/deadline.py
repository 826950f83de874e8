"""How long this process waits for one answer of the database: set for a web server, else for ever.

Commands, migrations and the listener wait as long as they need.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_process_seconds: float | None = None
_thread = threading.local()


def set_for_process(seconds: float | None) -> None:
    """From now on every thread of this process waits at most so long. None: for ever."""
    global _process_seconds  # noqa: PLW0603 -- of the process, as its server is
    _process_seconds = seconds


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """In this thread, and until the end of the block, wait at most so long for each answer."""
    before: float | None = getattr(_thread, "seconds", None)
    _thread.seconds = seconds
    try:
        yield
    finally:
        _thread.seconds = before


def seconds() -> float | None:
    """The limit in force in this thread, for one answer; None: there is none."""
    own: float | None = getattr(_thread, "seconds", None)
    return _process_seconds if own is None else own


def of_process() -> float | None:
    """The limit of this process; None: there is none, this is no web server."""
    return _process_seconds
