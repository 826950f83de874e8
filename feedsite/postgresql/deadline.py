"""Time limits for the database, by thread. Only web servers have them.

A thread has until a moment (`within`), and perhaps a shorter limit for each answer. Commands,
migrations and the listener wait without a limit.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_process_seconds: float | None = None


@dataclass(slots=True)
class _Limits:
    """`ends_at`: seconds on the monotonic clock."""

    ends_at: float
    answer_seconds: float


_thread = threading.local()


def set_for_process(seconds: float | None) -> None:
    """Set the limit of one answer for threads without a deadline; None removes it."""
    global _process_seconds  # noqa: PLW0603 -- a process has one server, and so one limit
    _process_seconds = seconds


@contextmanager
def within(seconds: float, *, answer_seconds: float | None = None) -> Iterator[None]:
    """Give this thread `seconds` for the block; it never extends the deadline of an outer block.

    `answer_seconds`: the limit for each single answer, if it is shorter.
    """
    outer = _limits()
    ends_at = time.monotonic() + seconds
    with _set(
        _Limits(min(ends_at, outer.ends_at) if outer else ends_at, answer_seconds or seconds)
    ):
        yield


@contextmanager
def extended(seconds: float) -> Iterator[None]:
    """Give the block `seconds`, even after the deadline. Without a deadline, nothing changes."""
    if _limits() is None:
        yield
        return
    with _set(_Limits(time.monotonic() + seconds, seconds)):
        yield


def seconds() -> float | None:
    """Return how long this thread may wait for an answer: 0 or less if the deadline has passed.

    None without a limit.
    """
    limits = _limits()
    if limits is None:
        return _process_seconds
    return min(limits.answer_seconds, limits.ends_at - time.monotonic())


def seconds_left() -> float | None:
    """Return the time until the deadline of this thread, below 0 after it; None without one."""
    limits = _limits()
    return None if limits is None else limits.ends_at - time.monotonic()


def has_passed() -> bool:
    """Return whether this thread has a deadline that has passed. Then no write may begin."""
    left = seconds_left()
    return left is not None and left <= 0


def process_seconds() -> float | None:
    """Return the limit of this process; None if it is no web server."""
    return _process_seconds


def _limits() -> _Limits | None:
    limits: _Limits | None = getattr(_thread, "limits", None)
    return limits


@contextmanager
def _set(limits: _Limits) -> Iterator[None]:
    before = _limits()
    _thread.limits = limits
    try:
        yield
    finally:
        _thread.limits = before
