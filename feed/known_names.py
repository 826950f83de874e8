"""Names that are known to exist, the last used ones of them."""

import threading

from cachetools import LRUCache


class KnownNames:
    """The names used last, at most so many."""

    def __init__(self, most: int) -> None:
        self._names: LRUCache[str, None] = LRUCache(most)
        self._lock = threading.Lock()

    def __contains__(self, name: str) -> bool:
        with self._lock:
            return name in self._names

    def clear(self) -> None:
        with self._lock:
            self._names.clear()

    def note(self, name: str, *, known: bool) -> None:
        """Keep the name if it is known, else forget it."""
        with self._lock:
            if known:
                self._names[name] = None
            else:
                self._names.pop(name, None)
