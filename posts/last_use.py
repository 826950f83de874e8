"""When sessions and tokens were last used: to ten minutes, so that reading costs no write."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

from cachetools import TTLCache

# How far behind `used_at` may be, and how long a process knows that it need not look.
COARSE = timedelta(minutes=10)
MAX_KEYS = 10_000


class RecentlySeen:
    """The keys that this process has seen within COARSE. Bounded; safe in threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._keys: TTLCache[str, bool] = TTLCache(MAX_KEYS, COARSE.total_seconds(), timer=clock)
        self._lock = threading.Lock()

    def first_time(self, key: str) -> bool:
        """Whether this key was not seen within COARSE. From now on it was."""
        with self._lock:
            if key in self._keys:
                return False
            self._keys[key] = True
            return True
