"""The Redis that the workers share, in memory or real, and the faults it may have."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal, Protocol, cast

import redis

from freshcache.redis.store import Answer, Store
from tests.proofs.schedules.scheduler import Scheduler
from tests.proofs.schedules.twin import KEY_NAMES, Keys, Twin


class Shared(Protocol):
    """A Redis. `now_us`: its clock. `lose`: delete each key that contains the word, or all keys.
    `copy`: return a function that restores the present state."""

    store: Store

    def now_us(self) -> int: ...

    def lose(self, word: str) -> None: ...

    def copy(self) -> Callable[[], None]: ...


class InMemory:
    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._keys = Keys(self.now_us)
        self.store: Store = Twin(self._keys)

    def now_us(self) -> int:
        return int(self._scheduler.tick() * 1_000_000)

    def lose(self, word: str) -> None:
        self._keys.held = {key: held for key, held in self._keys.held.items() if word not in key}

    def copy(self) -> Callable[[], None]:
        copy = dict(self._keys.held)

        def restore() -> None:
            self._keys.held = copy

        return restore


class _StoreOnSchedulerTime(Store):
    """A store with generations from the clock of Redis, but ages from the scheduler's clock."""

    def __init__(self, client: redis.Redis, now_us: Callable[[], int]) -> None:
        super().__init__(lambda: client, key_names=KEY_NAMES, secret=b"a secret")
        self._now_us = now_us

    def confirm(self, *, seen: int, bump: Literal["", "content", "counts"] = "") -> Answer:
        return replace(super().confirm(seen=seen, bump=bump), now_us=self._now_us())


class Real:
    """A real Redis, emptied. Keys expire there by real time, which is long beside a run. Only the
    ages that the cache computes from its own clock change."""

    def __init__(self, scheduler: Scheduler, client: redis.Redis) -> None:
        self._scheduler, self._client = scheduler, client
        self.store: Store = _StoreOnSchedulerTime(client, self.now_us)
        client.flushdb()

    def now_us(self) -> int:
        return int(self._scheduler.tick() * 1_000_000)

    def lose(self, word: str) -> None:
        for key in self._keys():
            if word.encode() in key:
                self._client.delete(key)

    def copy(self) -> Callable[[], None]:
        copy = {key: cast("bytes", self._client.get(key)) for key in self._keys()}

        def restore() -> None:
            self._client.flushdb()
            for key, value in copy.items():
                self._client.set(key, value, px=60_000 if self._ends(key) else None)

        return restore

    def _keys(self) -> list[bytes]:
        return cast("list[Any]", self._client.keys(f"{KEY_NAMES.tag}*"))

    def _ends(self, key: bytes) -> bool:
        names = self.store.key_names
        return key.decode() not in {names.generation, names.counts_version}


def over(client: redis.Redis) -> Callable[[Scheduler], Shared]:
    """Return a function that makes the Redis of each run from this client."""
    return lambda scheduler: Real(scheduler, client)
