"""A bounded set of names that are known to exist."""

import threading

from cachetools import LRUCache


class KnownNames:
    """The `max_names` names that were used last. Thread-safe."""

    def __init__(self, max_names: int) -> None:
        self._names: LRUCache[str, None] = LRUCache(max_names)
        self._lock = threading.Lock()

    def __contains__(self, name: str) -> bool:
        with self._lock:
            return name in self._names

    def clear(self) -> None:
        """Remove all names."""
        with self._lock:
            self._names.clear()

    def note(self, name: str, *, known: bool) -> None:
        """Add the name if it is known, else remove it."""
        with self._lock:
            if known:
                self._names[name] = None
            else:
                self._names.pop(name, None)
