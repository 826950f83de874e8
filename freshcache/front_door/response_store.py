"""What the front door remembers, for how long each is good, and how much of it is kept."""

import threading
from collections.abc import Hashable
from dataclasses import dataclass, field, replace

from freshcache.front_door.encodings import Encoding
from freshcache.front_door.headers import cache_status
from freshcache.front_door.stored_response import StoredResponse, Variant
from freshcache.policy import Outcome
from freshcache.served import Served

# Headers, of each encoding and for readers with credentials and without: measured, and rounded up.
OVERHEAD_BYTES = 13_000


@dataclass(slots=True)
class Entry:
    """A finished answer, and the page that it shows, without its body.

    `same_for_all`: for readers with credentials too, of whom it tells nothing. `ttl_seconds`: the
    page's, counted from its snapshot. `variants` tell that they are `age` seconds old.
    """

    finished: StoredResponse
    served: Served
    ttl_seconds: float
    age: int = -1
    used: bool = False
    same_for_all: bool = False
    variants: dict[Encoding, Variant] = field(default_factory=dict)
    private_variants: dict[Encoding, Variant] = field(default_factory=dict)

    @property
    def weight_bytes(self) -> int:
        """At the most: an encoding is kept only where it is smaller, and there are three."""
        return 4 * len(self.finished.body) + OVERHEAD_BYTES

    def grow_older(self, now: float) -> None:
        """Let the variants tell of this moment; once a second is enough."""
        # The dictionaries after the age: whoever makes a variant meanwhile makes it for the old.
        self.age = int(max(0.0, now - self.served.page.snapshot_at))
        self.variants, self.private_variants = {}, {}

    def variant(self, encoding: Encoding, *, private: bool) -> Variant:
        variants = self.private_variants if private else self.variants
        made = variants.get(encoding)
        if made is None:
            age = self.age
            told = replace(
                self.served,
                outcome=Outcome.HIT,
                ttl_seconds=self.ttl_seconds - age,
                stored=False,
                reason="front door" if self.served.shared else "front door, memory",
            )
            headers = [("Age", str(age)), ("Cache-Status", cache_status(told))]
            made = variants[encoding] = self.finished.variant(encoding, headers, private=private)
        return made


class ResponseStore:
    """At most so many bytes of entries; what was not used since the last look goes first.

    The clock algorithm (Corbató, 1968): nearly the order of use, and a hit only sets a flag.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: dict[Hashable, Entry] = {}
        self._lock = threading.Lock()
        # The hot path: a dictionary's own look-up needs no lock.
        self.get = self._entries.get

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, key: Hashable, entry: Entry) -> None:
        """Keep the entry, in the place of an older one; not if it alone is too heavy."""
        with self._lock:
            self._drop(key)
            if entry.weight_bytes > self._max_bytes:
                return
            while self._bytes + entry.weight_bytes > self._max_bytes:
                oldest_key, oldest = next(iter(self._entries.items()))
                self._drop(oldest_key)
                if oldest.used:
                    oldest.used = False
                    self._add(oldest_key, oldest)
            self._add(key, entry)

    def _add(self, key: Hashable, entry: Entry) -> None:
        self._entries[key] = entry
        self._bytes += entry.weight_bytes

    def _drop(self, key: Hashable) -> None:
        if dropped := self._entries.pop(key, None):
            self._bytes -= dropped.weight_bytes
