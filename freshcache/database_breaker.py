"""A circuit breaker for the database, so that few threads wait for one that does not answer.

A query of a database that hangs takes as long as its time-out. If every reader waited for that,
soon no thread would be left for readers whose page is in memory.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from freshcache.errors import DATABASE_FAILURES, DatabaseUnavailable

RETRY_SECONDS = 1.0
# During an outage readers retry more often than this, so an older failure is of a past outage.
FORGET_SECONDS = 10.0


class DatabaseBreaker:
    """Whether the database answers this process. `clock`: seconds, monotonic. Thread-safe."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failed_at: float | None = None
        self._trying = threading.Lock()

    @property
    def is_down(self) -> bool:
        """Whether it failed within `RETRY_SECONDS`, or a thread tries whether it answers again.

        Then a reader with an old page gets that.
        """
        failed_at = self._failed_at
        if failed_at is None:
            return False
        return self._clock() - failed_at < RETRY_SECONDS or self._trying.locked()

    @property
    def is_in_doubt(self) -> bool:
        """Whether it failed and has not answered since."""
        failed_at = self._failed_at
        return failed_at is not None and not self._is_forgotten(failed_at)

    @contextmanager
    def asked(self) -> Iterator[None]:
        """Watch a query inside. After a failure, one thread at a time queries until it succeeds.

        Raises:
            DatabaseUnavailable: another thread is trying. It is an `OperationalError`.
        """
        if self._failed_at is None or self._is_forgotten(self._failed_at):
            with self._watch():
                yield
            return
        if not self._trying.acquire(blocking=False):
            raise DatabaseUnavailable
        try:
            self._failed_at = self._clock()  # it counts as down until it answers
            with self._watch():
                yield
        finally:
            self._trying.release()

    def answered(self, at: float) -> None:
        """Note that it answered a query, of another process perhaps, after `at` on our clock."""
        if self._failed_at is not None and at > self._failed_at:
            self._failed_at = None

    def _is_forgotten(self, failed_at: float) -> bool:
        return self._clock() - failed_at > FORGET_SECONDS and not self._trying.locked()

    @contextmanager
    def _watch(self) -> Iterator[None]:
        try:
            yield
        except DatabaseUnavailable:
            raise  # nothing was sent, which says nothing about the database
        except DATABASE_FAILURES:
            self._failed_at = self._clock()
            raise
        self._failed_at = None
