"""The pages in the memory of one process, and single flight for the threads that load them."""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

# Keys and objects around a page. Without it, any number of empty pages would weigh nothing.
OVERHEAD_BYTES = 1_000


class Weighed(Protocol):
    """An object that can be kept with a page, see `FreshCache.keep`."""

    @property
    def weight_bytes(self) -> int:
        """The most that it takes in memory."""


@dataclass(frozen=True)
class Page:
    """A page in memory, shared by all threads.

    `generation`, `counts_version`: those that were current before it was loaded. `snapshot_at`: a
    moment not later than its database snapshot, in seconds on the monotonic clock of this process.
    """

    generation: int
    counts_version: int
    snapshot_at: float
    body: bytes
    # What was made of the body, to make it once. Only `FreshCache.keep` adds to it, because the
    # page must be weighed again. A `cached_property` would share one lock with all pages in Python
    # 3.11.
    made: dict[Hashable, Any] = field(init=False, default_factory=dict, compare=False, repr=False)

    @property
    def data(self) -> dict[str, Any]:
        """The body, a UTF-8 JSON object, parsed at each call: kept, it would weigh far more."""
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed

    @property
    def weight_bytes(self) -> int:
        """The most that the page and what was made of it take in memory."""
        kept: list[Weighed] = list(self.made.values())
        return OVERHEAD_BYTES + len(self.body) + sum(value.weight_bytes for value in kept)

    @cached_property
    def etag(self) -> str:
        """A strong validator of the body, in quotation marks (RFC 9110, section 8.8.3)."""
        return f'"{hashlib.blake2b(self.body, digest_size=12).hexdigest()}"'


class Memory:
    """The most recently used pages, by name, that weigh at most `max_bytes` together. Thread-safe.

    A single page may weigh more. Pages of old generations stay: if the database fails, they are
    the last good ones.
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
        """Keep the page, unless the one here is of the same generation and a later snapshot.

        What was made of an equal body is taken over: most changes do not concern most pages.
        """
        with self._lock:
            old, _ = self._pages.get(name, (None, 0))
            if old and old.generation == page.generation and old.snapshot_at > page.snapshot_at:
                return
            if old and old.body == page.body:
                page.made.update(old.made)
            self._put(name, page)

    def weigh(self, name: str, page: Page) -> None:
        """Weigh the page again, because something was kept with it, if it is still here."""
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
    """Lets one thread of the process at a time load a page, while others wait. Thread-safe."""

    def __init__(self) -> None:
        self._events: dict[str, threading.Event] = {}
        self._lock = threading.Lock()

    def begin(self, name: str) -> bool:
        """Return True to the thread that now loads the page; it must call `finish`."""
        with self._lock:
            if name in self._events:
                return False
            self._events[name] = threading.Event()
            return True

    def finish(self, name: str) -> None:
        """Wake the threads that wait for this page."""
        with self._lock:
            self._events.pop(name).set()

    def wait(self, name: str, seconds: float) -> None:
        """Return when the loading thread has finished, or after `seconds`."""
        with self._lock:
            event = self._events.get(name)
        if event is not None:
            event.wait(seconds)
