"""A check of the running service: now and then a hit is compared with the database.

It runs on a thread of its own, so that no reader waits. A difference alone proves nothing: a change
may just have been committed, and its invalidation be on the way. So the check waits, and asks for
the generation. If that is still the generation of the hit, no change was announced, and the hit was
stale.
"""

import logging
import math
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Literal

from django.core.exceptions import ObjectDoesNotExist
from django.db import connections

from freshcache.generation import Generation
from freshcache.memory import Page

log = logging.getLogger(__name__)

# An invalidation takes less than this to arrive, unless it was lost.
SETTLE_SECONDS = 1.0

Finding = Literal["fresh", "stale", "unknown"]


class SelfCheck:
    """Compares one hit in `every_seconds` with the database; with 0, none. Thread-safe.

    `current` asks Redis for the generation. `report` gets the name of the page and the finding.
    """

    def __init__(
        self,
        *,
        every_seconds: float,
        current: Callable[[], Generation],
        report: Callable[[str, Finding], None],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._every_seconds = every_seconds
        self._current = current
        self._report = report
        self._clock = clock
        self._sleep = sleep
        self.due_at = clock() + every_seconds if every_seconds else math.inf
        self._running = threading.Lock()

    def due(self, now: float) -> bool:
        """Whether the next hit is to be checked. `now`: seconds on the clock."""
        return now >= self.due_at and not self._running.locked()

    def consider(self, name: str, page: Page, load: Callable[[], bytes]) -> None:
        """Check this hit on another thread, if a check is due and none is running."""
        if not self.due(self._clock()) or not self._running.acquire(blocking=False):
            return
        self.due_at = self._clock() + self._every_seconds
        thread = threading.Thread(
            target=self._run, args=(name, page, load), name="freshcache-self-check", daemon=True
        )
        try:
            thread.start()
        except RuntimeError:  # the system allows no more threads: a later hit is checked
            self._running.release()

    def check(self, name: str, page: Page, load: Callable[[], bytes]) -> Finding:
        """Compare the page with the database.

        Raises:
            Exception: `load` raised it, unless it says that the object does not exist.
        """
        with suppress(ObjectDoesNotExist):  # it was deleted, so the page differs
            if load() == page.body:
                return "fresh"
        self._sleep(SETTLE_SECONDS)
        now = self._current()
        is_current = (now.number, now.counts_version) == (page.generation, page.counts_version)
        return "stale" if is_current else "unknown"

    def _run(self, name: str, page: Page, load: Callable[[], bytes]) -> None:
        try:
            finding = self.check(name, page, load)
        except Exception:
            log.warning("self-check failed", exc_info=True, extra={"page": name})
        else:
            self._report(name, finding)
        finally:
            connections.close_all()
            self._running.release()
