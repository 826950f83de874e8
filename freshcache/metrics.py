"""Counts of what the cache did, in this process and in the whole fleet.

Counting touches only memory. A thread of its own sends what has gathered to Redis, a batch a
second, and keeps it while Redis is away, so that no request pays for being counted.
"""

import atexit
import itertools
import threading
from collections import Counter
from collections.abc import Callable
from typing import Literal

Event = Literal[
    "hits",
    "stale_hits",
    "misses",
    "fills",
    "discarded_fills",
    "waits",
    "invalidations",
    "count_invalidations",
    "lost_invalidations",
    "bypasses",
    "errors",
    "self_checks",
    "stale_total",
]
EVENTS: tuple[Event, ...] = Event.__args__  # type: ignore[attr-defined] # Literal keeps them there

FLUSH_SECONDS = 1.0


class Metrics:
    """`send` adds a batch to the fleet's counters and returns whether it could."""

    def __init__(self, send: Callable[[dict[str, int]], bool] | None = None) -> None:
        self._send = send
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._unsent: Counter[str] = Counter()
        self._sender: threading.Thread | None = None
        # Counts a hit for as little as can be: it is one step, takes no lock, and returns how
        # often it was called before.
        self.hit: Callable[[], int] = itertools.count().__next__
        self._hits_gathered = 0

    def _gather(self) -> None:
        with self._lock:
            called = self.hit()
            hits = called - self._hits_gathered
            self._hits_gathered = called + 1  # this call was no hit
            if not hits:
                return
            self._counts["hits"] += hits
            if self._send is not None:
                self._unsent["hits"] += hits

    def add(self, event: Event) -> None:
        with self._lock:
            self._counts[event] += 1
            if self._send is None:
                return
            self._unsent[event] += 1
            if self._sender is not None:
                return
            # At the first count, not at import: a server forks or spawns its workers in between.
            self._sender = threading.Thread(
                target=self._run, name="freshcache-metrics", daemon=True
            )
        try:
            self._sender.start()
        except RuntimeError:  # no thread to be had: the next count tries again
            self._sender = None
            return
        atexit.register(self.flush)

    def counts(self) -> dict[str, int]:
        """This process's counts since it started."""
        self._gather()
        with self._lock:
            return {event: self._counts[event] for event in EVENTS}

    def flush(self) -> bool:
        """Send what has gathered; whether nothing is left."""
        self._gather()
        with self._lock:
            batch, self._unsent = self._unsent, Counter()
        if not batch or self._send is None:
            return True
        sent = False
        try:
            sent = self._send(dict(batch))
        finally:
            if not sent:
                with self._lock:
                    self._unsent += batch
        return sent

    def _run(self) -> None:
        while not _NEVER.wait(FLUSH_SECONDS):
            self.flush()


_NEVER = threading.Event()
