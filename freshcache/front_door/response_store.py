"""The responses that the front door has stored, bounded by their size in memory."""

import math
import threading
from collections.abc import Hashable
from dataclasses import dataclass, field, replace

from freshcache.front_door.cached_response import Renew, RenewQuery
from freshcache.front_door.encodings import Encoding
from freshcache.front_door.headers import cache_status
from freshcache.front_door.stored_response import StoredResponse, Variant
from freshcache.policy import Outcome
from freshcache.served import Served

# Headers of all variants, in each encoding, public and private: measured and rounded up.
OVERHEAD_BYTES = 13_000


@dataclass(slots=True)
class Entry:
    """A stored response, and the page it shows (`served`, without the body).

    `ttl_seconds`: of the page, counted from its snapshot. `age`: whole seconds since the snapshot,
    as the headers of `variants` say. `used`: sent since `ResponseStore` last looked for room.
    `same_for_all`: readers with credentials get the same body. `renew`, `renew_query`: see
    `CachedResponse`. `asked_at`: when a reader of a last good page asked Django, in seconds on the
    clock of the cache.
    """

    response: StoredResponse
    served: Served
    ttl_seconds: float
    age: int = -1
    used: bool = False
    asked_at: float = -math.inf
    same_for_all: bool = False
    renew: Renew | None = None
    renew_query: RenewQuery | None = None
    variants: dict[Encoding, Variant] = field(default_factory=dict)
    private_variants: dict[Encoding, Variant] = field(default_factory=dict)

    @property
    def weight_bytes(self) -> int:
        """The most it takes: the body, and three encodings, each kept only if it is smaller."""
        return 4 * len(self.response.body) + OVERHEAD_BYTES

    def grow_older(self, now: float) -> None:
        """Set the age that the headers show; once a second is enough.

        `now`: seconds on the clock of the cache.
        """
        # The age comes first: a thread that makes a variant meanwhile puts it into the old dicts.
        self.age = int(max(0.0, now - self.served.page.snapshot_at))
        self.variants, self.private_variants = {}, {}

    def variant(self, encoding: Encoding, *, private: bool) -> Variant:
        """Return the response in this encoding; `private`: for readers with credentials."""
        variants = self.private_variants if private else self.variants
        variant = variants.get(encoding)
        if variant is None:
            age = self.age
            hit = replace(
                self.served,
                outcome=Outcome.HIT,
                ttl_seconds=self.ttl_seconds - age,
                stored=False,
                reason="front door" if self.served.shared else "front door, memory",
            )
            headers = [("Age", str(age)), ("Cache-Status", cache_status(hit))]
            variant = self.response.variant(encoding, headers, private=private)
            variants[encoding] = variant
        return variant


class ResponseStore:
    """A dictionary of entries that weigh at most `max_bytes`. Thread-safe.

    Entries not used since the last look for room are dropped first: the clock algorithm (Corbató,
    1968). That is nearly the order of last use, and a hit only sets a flag.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: dict[Hashable, Entry] = {}
        self._lock = threading.Lock()
        # Every hit calls this: the look-up of a dictionary needs no lock.
        self.get = self._entries.get

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, key: Hashable, entry: Entry) -> None:
        """Store the entry in place of an older one; not if it weighs more than `max_bytes`."""
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
