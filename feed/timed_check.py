"""A check with a time limit: it runs on a thread, because nothing can interrupt what hangs."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog
from django.db import connections

log = structlog.stdlib.get_logger(__name__)
T = TypeVar("T")

# A caller waits this long for an answer, then it gets the last one.
WAIT_SECONDS = 0.04
# A check without an answer for this long has failed.
LIMIT_SECONDS = 2.0


class TimedCheck(Generic[T]):
    """Run `check` on a thread, one at a time, and return its answer within `wait_seconds`.

    Without an answer in this time it returns the last one, or `failed` once the check has run for
    `limit_seconds`. Before the first answer callers wait until then. Later only the caller that
    starts a check waits, so that any number of calls hold one thread at most. Thread-safe.
    """

    def __init__(
        self,
        check: Callable[[], T],
        *,
        failed: T,
        wait_seconds: float = WAIT_SECONDS,
        limit_seconds: float = LIMIT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._check = check
        self._failed = self._last = failed
        self._wait_seconds = wait_seconds
        self._limit_seconds = limit_seconds
        self._clock = clock
        self._done = threading.Condition()
        self._started_at: float | None = None
        self._has_answered = False

    def __call__(self) -> T:
        with self._done:
            starts = self.begin()
            if not self._has_answered:
                self._done.wait_for(lambda: self._has_answered, self._seconds_left())
            elif starts:
                self._done.wait_for(lambda: self._started_at is None, self._wait_seconds)
            return self._last if self._seconds_left() else self._failed

    def begin(self) -> bool:
        """Start the check unless it runs; return whether it did not."""
        with self._done:
            if self._started_at is not None:
                return False
            self._started_at = self._clock()
            threading.Thread(target=self._run, name="feed-check", daemon=True).start()
            return True

    def _seconds_left(self) -> float:
        """Return the rest of the limit for the check that runs; all of it if none does."""
        started_at = self._clock() if self._started_at is None else self._started_at
        return max(0.0, started_at + self._limit_seconds - self._clock())

    def _run(self) -> None:
        try:
            answer = self._check()
        except Exception:
            log.warning("check failed", exc_info=True)
            answer = self._failed
        finally:
            connections.close_all()  # this thread ends, and its connections are not closed with it
        with self._done:
            self._last, self._has_answered, self._started_at = answer, True, None
            self._done.notify_all()
