"""What one process keeps to itself: the pages it has seen, and who is loading which."""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

# A page that is all but empty has a weight too, or there would be room for any number of them.
OVERHEAD_BYTES = 1_000


class Weighed(Protocol):
    """What can be kept with a page."""

    @property
    def weight_bytes(self) -> int: ...


@dataclass(frozen=True)
class Page:
    """A page in memory. `snapshot_at` is on this process's monotonic clock and errs to the early.

    Pages are shared between threads.
    """

    generation: int
    counts: int
    snapshot_at: float
    body: bytes
    # What was made of the body, to be made but once. `FreshCache.keep` puts it here, for then the
    # page is weighed again. No `cached_property`: in Python 3.11 that takes a lock of all pages.
    made: dict[Hashable, Any] = field(init=False, default_factory=dict, compare=False, repr=False)

    @property
    def data(self) -> dict[str, Any]:
        """The body, parsed anew each time: parsed, it would weigh several times as much."""
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed

    @property
    def weight_bytes(self) -> int:
        kept: list[Weighed] = list(self.made.values())
        made = sum(one.weight_bytes for one in kept)
        return OVERHEAD_BYTES + len(self.body) + made

    @cached_property
    def etag(self) -> str:
        """A strong validator of the body (RFC 9110, section 8.8.3)."""
        return f'"{hashlib.blake2b(self.body, digest_size=12).hexdigest()}"'


class Memory:
    """The most recently used pages, which weigh at most so many bytes, or a single page.

    One of an old generation stays: the database may go away.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._pages: OrderedDict[str, tuple[Page, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._pages)

    def get(self, name: str) -> Page | None:
        with self._lock:
            known = self._pages.get(name)
            if known is None:
                return None
            self._pages.move_to_end(name)
            return known[0]

    def put(self, name: str, page: Page) -> None:
        """Keep the page, unless one of its generation from a later snapshot is there."""
        with self._lock:
            old, _ = self._pages.get(name, (None, 0))
            if old and old.generation == page.generation and old.snapshot_at > page.snapshot_at:
                return
            self._put(name, page)

    def weigh(self, name: str, page: Page) -> None:
        """Weigh a page again that has grown, if it is still here."""
        with self._lock:
            known = self._pages.get(name)
            if known is not None and known[0] is page:
                self._put(name, page)

    def drop(self, name: str) -> None:
        with self._lock:
            self._drop(name)

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()
            self._bytes = 0

    def _put(self, name: str, page: Page) -> None:
        self._drop(name)
        weight_bytes = page.weight_bytes
        self._pages[name] = page, weight_bytes
        self._bytes += weight_bytes
        while self._bytes > self._max_bytes and len(self._pages) > 1:
            self._drop(next(iter(self._pages)))

    def _drop(self, name: str) -> None:
        if known := self._pages.pop(name, None):
            self._bytes -= known[1]


class SingleFlight:
    """At most one thread of the process at a time renews a page; the others can wait for it."""

    def __init__(self) -> None:
        self._landed: dict[str, threading.Event] = {}
        self._lock = threading.Lock()

    def begin(self, name: str) -> bool:
        """Whether this thread is the one now; if so it must land."""
        with self._lock:
            if name in self._landed:
                return False
            self._landed[name] = threading.Event()
            return True

    def finish(self, name: str) -> None:
        with self._lock:
            self._landed.pop(name).set()

    def wait(self, name: str, seconds: float) -> None:
        """Return when the flight has landed, or after so many seconds."""
        with self._lock:
            landed = self._landed.get(name)
        if landed is not None:
            landed.wait(seconds)
