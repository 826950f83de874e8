"""The Redis that the workers share: a twin in memory, or a real one; and what may befall it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal, Protocol, cast

import redis

from freshcache.redis.store import Answer, Store
from tests.proofs.schedules.scheduler import Scheduler
from tests.proofs.schedules.twin import KEY_NAMES, Keys, Twin


class Shared(Protocol):
    """`now_us`: its clock. `lose`: delete every key with that word in it, all with none.
    `copy` returns what puts everything back to how it is now."""

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


class _OnOurTime(Store):
    """Generations come from Redis's clock, ages from the scheduler's, so that they agree."""

    def __init__(self, client: redis.Redis, now_us: Callable[[], int]) -> None:
        super().__init__(lambda: client, key_names=KEY_NAMES, secret=b"a secret")
        self._now_us = now_us

    def confirm(self, *, seen: int, bump: Literal["", "content", "counts"] = "") -> Answer:
        return replace(super().confirm(seen=seen, bump=bump), now_us=self._now_us())


class Real:
    """A real one, emptied. A lease or a page lives there by real time, which is long beside a run;
    only what the cache judges by its own clock ages."""

    def __init__(self, scheduler: Scheduler, client: redis.Redis) -> None:
        self._scheduler, self._client = scheduler, client
        self.store: Store = _OnOurTime(client, self.now_us)
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
        return key.decode() not in {self.store.key_names.generation, self.store.key_names.counts}


def over(client: redis.Redis) -> Callable[[Scheduler], Shared]:
    """Makes the Redis of each run out of this one."""
    return lambda scheduler: Real(scheduler, client)
