"""How this process gets along with the database: who may ask while it does not answer.

Waiting for a database that hangs takes as long as its time-out. If every reader waited, there would
soon be no thread left for those whose page is at hand.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from freshcache.errors import DatabaseUnavailable
from freshcache.policy import DATABASE_FAILURES

RETRY_SECONDS = 1.0
# While it does not answer it is tried more often than this, if anybody reads at all. So an older
# failure is of another outage.
FORGET_SECONDS = 10.0


class DatabaseBreaker:
    """Whether the database answers this process, and who may ask."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failed_at: float | None = None
        self._trying = threading.Lock()

    @property
    def is_down(self) -> bool:
        """Whether it has just failed: who has an old page to show shows that, and asks nothing."""
        failed_at = self._failed_at
        return failed_at is not None and self._clock() - failed_at < RETRY_SECONDS

    @contextmanager
    def asked(self) -> Iterator[None]:
        """Around a question. While there is no answer, one thread at a time waits for it.

        Raise `DatabaseUnavailable` for the others, which is an `OperationalError`.
        """
        if self._failed_at is None or self._is_forgotten(self._failed_at):
            with self._answer():
                yield
            return
        if not self._trying.acquire(blocking=False):
            raise DatabaseUnavailable
        try:
            self._failed_at = self._clock()  # as far as anybody knows until the answer
            with self._answer():
                yield
        finally:
            self._trying.release()

    def answered(self, at: float) -> None:
        """It answered somebody, another worker say, after this moment of our clock."""
        if self._failed_at is not None and at > self._failed_at:
            self._failed_at = None

    def _is_forgotten(self, failed_at: float) -> bool:
        return self._clock() - failed_at > FORGET_SECONDS and not self._trying.locked()

    @contextmanager
    def _answer(self) -> Iterator[None]:
        try:
            yield
        except DATABASE_FAILURES:
            self._failed_at = self._clock()
            raise
        self._failed_at = None
