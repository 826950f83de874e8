"""When sessions and tokens were last used, to ten minutes: most requests write nothing."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from cachetools import TTLCache

# How far `used_at` may lag, and how long a process remembers that it is recent enough.
PRECISION = timedelta(minutes=10)
MAX_KEYS = 10_000


class RecentlySeen:
    """The keys that this process has seen within PRECISION. At most MAX_KEYS; thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._keys: TTLCache[str, bool] = TTLCache(MAX_KEYS, PRECISION.total_seconds(), timer=clock)
        self._lock = threading.Lock()

    def has(self, key: str) -> bool:
        """Whether the key was seen within PRECISION. This marks nothing."""
        with self._lock:
            return key in self._keys

    def first_time(self, key: str) -> bool:
        """Mark the key as seen; return whether it was not seen within PRECISION before."""
        with self._lock:
            if key in self._keys:
                return False
            self._keys[key] = True
            return True


def is_due(used_at: datetime | None, now: datetime) -> bool:
    """Return whether a stored `used_at` is too old to stay as it is."""
    return used_at is None or now - used_at >= PRECISION
