"""Counters of what the cache did, in this process and, through Redis, in the whole fleet.

Counting only touches memory. A thread sends the new counts to Redis once a second, and keeps them
while Redis is away, so that no request waits for it.
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
    """The counters of one cache in one process. Thread-safe.

    `send` adds a batch of counts to those of the fleet, and returns whether that worked.
    """

    def __init__(self, send: Callable[[dict[str, int]], bool] | None = None) -> None:
        self._send = send
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._unsent: Counter[str] = Counter()
        self._sender: threading.Thread | None = None
        # Count a hit. This is the cheapest way: one call into C without a lock, which returns the
        # number of calls before it.
        self.hit: Callable[[], int] = itertools.count().__next__
        self._hits_added = 0

    def _add_hits(self) -> None:
        """Add the hits since the last call to the other counts."""
        with self._lock:
            calls = self.hit()
            hits = calls - self._hits_added
            self._hits_added = calls + 1  # this call itself was no hit
            if not hits:
                return
            self._counts["hits"] += hits
            if self._send is not None:
                self._unsent["hits"] += hits

    def add(self, event: Event) -> None:
        """Count one event."""
        with self._lock:
            self._counts[event] += 1
            if self._send is None:
                return
            self._unsent[event] += 1
            if self._sender is not None:
                return
            # Not at import: a server forks its workers after that, and a fork has no threads.
            self._sender = threading.Thread(
                target=self._run, name="freshcache-metrics", daemon=True
            )
        try:
            self._sender.start()
        except RuntimeError:  # the system allows no more threads: the next count tries again
            self._sender = None
            return
        atexit.register(self.flush)

    def counts(self) -> dict[str, int]:
        """Return the counts of this process since its start, by event."""
        self._add_hits()
        with self._lock:
            return {event: self._counts[event] for event in EVENTS}

    def flush(self) -> bool:
        """Send all unsent counts. Return False if they could not be sent; they are kept."""
        self._add_hits()
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
