"""The running service doubts itself: now and then a hit is compared with the database.

Out of the reader's way, on a thread of its own. A hit that differs is no proof: somebody may just
have committed, with the invalidation on its way. So it waits, and asks for the generation. If that
is still the hit's own, nobody has announced anything, and the hit was stale.
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

# By then an invalidation has arrived, unless it never will.
SETTLE_SECONDS = 1.0

Finding = Literal["fresh", "stale", "unknown"]


class SelfCheck:
    """`every_seconds` 0 means never. `current` asks for the generation, past what is trusted;
    `report` is told each finding."""

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
        return now >= self.due_at and not self._running.locked()

    def consider(self, name: str, page: Page, load: Callable[[], bytes]) -> None:
        """Check this hit, if one is due and no other is being checked."""
        if not self.due(self._clock()) or not self._running.acquire(blocking=False):
            return
        self.due_at = self._clock() + self._every_seconds
        thread = threading.Thread(
            target=self._run, args=(name, page, load), name="freshcache-self-check", daemon=True
        )
        try:
            thread.start()
        except RuntimeError:  # no thread to be had: another time
            self._running.release()

    def check(self, name: str, page: Page, load: Callable[[], bytes]) -> Finding:
        """Compare the page with the database. Raise what `load` raises."""
        with suppress(ObjectDoesNotExist):  # gone: that differs, too
            if load() == page.body:
                return "fresh"
        self._sleep(SETTLE_SECONDS)
        now = self._current()
        return "stale" if (now.number, now.counts) == (page.generation, page.counts) else "unknown"

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
