"""A backend for `CACHES`: django-redis that goes on in memory while Redis is away.

It shares a breaker with a `FreshCache`: what either learns of Redis, both know. A foreign value
there is a miss and no outage, see `freshcache.django.checked_backend`.
"""

import functools
import logging
import threading
from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeVar

import redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.utils.module_loading import import_string
from django_redis.cache import RedisCache

from freshcache.cache import FreshCache
from freshcache.django.checked_backend import MISSING, CheckedRedisCache
from freshcache.errors import PoolExhausted

log = logging.getLogger(__name__)

T = TypeVar("T")

MAX_KEYS = 10_000


class _Away:
    """What this process changed while Redis was away. Redis never heard of it, and so holds what
    was true before: after the outage those keys are deleted there, lest they bring it back.

    One lock is held over each change in memory and over the settling, so that nobody reads Redis
    in between, and no change lands in a memory that was just cleared.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: dict[str, None] = {}
        self._cleared = False

    def change(self, keys: Collection[str], in_memory: Callable[[], Any]) -> Any:
        with self._lock:
            self._keys.update(dict.fromkeys(keys))
            while len(self._keys) > MAX_KEYS:  # bounded; the oldest would have ended first
                del self._keys[next(iter(self._keys))]
            return in_memory()

    def clear(self, in_memory: Callable[[], Any]) -> Any:
        with self._lock:
            self._cleared = True
            return in_memory()

    def settle(self, forget: Callable[[list[str], bool], None]) -> None:
        """`forget` gets the changed keys, and whether all was cleared. If it raises: later."""
        if not self._keys and not self._cleared:
            return
        with self._lock:
            if self._keys or self._cleared:
                forget(list(self._keys), self._cleared)
                self._keys.clear()
                self._cleared = False


_away = _Away()


@functools.cache
def _own() -> FreshCache:
    """For a backend that shares no other's breaker."""
    return FreshCache("freshcache:backend")


class ResilientRedisCache(CheckedRedisCache):
    """django-redis, or this process's memory: for as long as the breaker is open, and for a single
    call that found no free connection. Time-outs, versions and key prefixes mean the same in both.

    `OPTIONS["FRESHCACHE"]` is the dotted path of a function that returns the cache whose breaker
    this one shares; without it, it has one of its own.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        path = params.get("OPTIONS", {}).get("FRESHCACHE")
        self._fresh_cache: Callable[[], FreshCache] = import_string(path) if path else _own
        options = {"MAX_ENTRIES": MAX_KEYS}
        self._memory = LocMemCache("redis-away", {**params, "OPTIONS": options})

    def _either(
        self,
        with_redis: Callable[[], Any],
        in_memory: Callable[[], Any],
        *,
        changed: Collection[str] = (),
        version: int | None = None,
    ) -> Any:
        breaker = self._fresh_cache().breaker
        if breaker.closed:
            try:
                _away.settle(self._forget)
                return with_redis()
            except PoolExhausted as error:
                log.warning(
                    "no free Redis connection: this call goes to memory",
                    extra={"error": str(error)},
                )
            except redis.RedisError as error:
                breaker.trip(error)
        if not changed:
            return in_memory()
        keys = [str(self.client.make_key(key, version=version)) for key in changed]
        return _away.change(keys, in_memory)

    def _forget(self, keys: list[str], everything: bool) -> None:
        """After an outage: Redis forgets what changed meanwhile, and memory forgets all."""
        if everything:
            RedisCache.clear(self)
        else:
            self.client.get_client(write=True).delete(*keys)
        self._memory.clear()
        log.info("settled after an outage", extra={"keys": len(keys), "everything": everything})

    def run(self, with_redis: Callable[[redis.Redis], T], in_memory: Callable[[], T]) -> T:
        """What `with_redis` returns for a client; while Redis is away, what `in_memory` does.

        A `redis.RedisError` opens the breaker, and this call goes to memory.
        """
        result: T = self._either(lambda: with_redis(self.client.get_client(write=True)), in_memory)
        return result

    def get(
        self, key: str, default: Any = None, version: int | None = None, client: Any = None
    ) -> Any:
        value = self._either(
            lambda: self.read(key, version), lambda: self._memory.get(key, None, version)
        )
        return default if value is None or value is MISSING else value

    def set(
        self,
        key: str,
        value: Any,
        timeout: Any = DEFAULT_TIMEOUT,
        version: int | None = None,
        **options: Any,
    ) -> Any:
        return self._either(
            lambda: RedisCache.set(self, key, value, timeout, version, **options),
            lambda: self._memory.set(key, value, timeout, version),
            changed=[key],
            version=version,
        )

    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> Any:
        return self._either(
            lambda: CheckedRedisCache.add(self, key, value, timeout, version),
            lambda: self._memory.add(key, value, timeout, version),
            changed=[key],
            version=version,
        )

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> Any:
        return self._either(
            lambda: CheckedRedisCache.touch(self, key, timeout, version),
            lambda: self._memory.touch(key, timeout, version),
            changed=[key],
            version=version,
        )

    def delete(self, key: str, version: int | None = None) -> Any:
        return self._either(
            lambda: RedisCache.delete(self, key, version),
            lambda: self._memory.delete(key, version),
            changed=[key],
            version=version,
        )

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> Any:
        return self._either(
            lambda: CheckedRedisCache.incr(self, key, delta, version),
            lambda: self._memory.incr(key, delta, version),
            changed=[key],
            version=version,
        )

    def decr(self, key: str, delta: int = 1, version: int | None = None) -> Any:
        return self.incr(key, -delta, version)

    def has_key(self, key: str, version: int | None = None) -> Any:
        return self._either(
            lambda: self.read(key, version) is not MISSING,
            lambda: self._memory.get(key, None, version) is not None,
        )

    def get_many(self, keys: Iterable[str], version: int | None = None) -> Any:
        keys = list(keys)
        return self._either(
            lambda: self.read_many(keys, version),
            lambda: self._memory.get_many(keys, version),
        )

    def set_many(
        self, data: dict[str, Any], timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> Any:
        return self._either(
            lambda: RedisCache.set_many(self, data, timeout, version) or [],
            lambda: self._memory.set_many(data, timeout, version),
            changed=data,
            version=version,
        )

    def delete_many(self, keys: Iterable[str], version: int | None = None) -> Any:
        keys = list(keys)
        return self._either(
            lambda: RedisCache.delete_many(self, keys, version),
            lambda: self._memory.delete_many(keys, version),
            changed=keys,
            version=version,
        )

    def clear(self) -> Any:
        """Delete every key of this cache's database, the feed's pages and generation included;
        the feed survives that, see docs/caching.md."""
        return self._either(lambda: RedisCache.clear(self), lambda: _away.clear(self._memory.clear))

    # django-redis has its own, straight to its client; Django's is made of the methods above.
    incr_version = BaseCache.incr_version
