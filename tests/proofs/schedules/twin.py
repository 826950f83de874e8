"""An in-memory model of what Redis does for a `Store`: a thousand times as many schedules a second.

`test_twin.py` compares it with a real Redis, call by call.
"""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from freshcache.redis.key_names import KeyNames
from freshcache.redis.store import Answer, Store
from freshcache.redis.stored_page import StoredPage

Value = int | str | StoredPage


@dataclass(slots=True)
class Keys:
    """Keys with values and expiry times, on a clock in microseconds."""

    now_us: Callable[[], int]
    held: dict[str, tuple[Value, float]] = field(default_factory=dict)

    def get(self, key: str) -> Value | None:
        value, end_us = self.held.get(key, (None, 0.0))
        return value if self.now_us() < end_us else None

    def set(self, key: str, value: Value, *, seconds: float = math.inf) -> None:
        self.held[key] = value, self.now_us() + seconds * 1_000_000

    def delete(self, key: str) -> None:
        self.held.pop(key, None)


KEY_NAMES = KeyNames("schedules")


class Twin(Store):
    """A store over such keys. Its calls never fail."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self.key_names = KEY_NAMES
        self._tokens = itertools.count(1)

    def confirm(self, *, seen: int, bump: Literal["", "content", "counts"] = "") -> Answer:
        now = self.keys.now_us()
        generation, counts = (
            self._number(self.key_names.generation),
            self._number(self.key_names.counts_version),
        )
        if generation == 0 or generation < seen or bump == "content":
            generation = max(now, generation + 1, seen + 1)
            self.keys.set(self.key_names.generation, generation)
        if counts == 0 or bump == "counts":
            counts = max(now, counts + 1)
            self.keys.set(self.key_names.counts_version, counts)
        return Answer(generation, counts, now)

    def get(self, name: str) -> StoredPage | None:
        page = self.keys.get(self.key_names.page(name))
        return page if isinstance(page, StoredPage) else None

    def fill(self, name: str, page: StoredPage, *, ttl_seconds: float, token: str) -> bool:
        self.release(name, generation=page.generation, token=token)
        if self._number(self.key_names.generation) != page.generation:
            return False
        self.keys.set(self.key_names.page(name), page, seconds=ttl_seconds)
        return True

    def lease(self, name: str, *, generation: int, seconds: float) -> str:
        key = self.key_names.lease(name, generation)
        if self.keys.get(key) is not None:
            return ""
        token = f"token {next(self._tokens)}"
        self.keys.set(key, token, seconds=seconds)
        return token

    def release(self, name: str, *, generation: int, token: str) -> None:
        key = self.key_names.lease(name, generation)
        if self.keys.get(key) == token:
            self.keys.delete(key)

    def count(self, counts: dict[str, int]) -> None:
        """Do nothing: no schedule reads these counts."""

    def _number(self, key: str) -> int:
        number = self.keys.get(key)
        return number if isinstance(number, int) else 0
