"""A backend for `CACHES`: django-redis, and the memory of the process while Redis is away.

It shares a breaker with a `FreshCache`, so that both know of an outage when one of them finds it. A
foreign value in Redis is a miss and no outage, see `freshcache.django.checked_backend`.
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


class _ChangedKeys:
    """The keys that this process changed in memory while Redis was away. Thread-safe.

    Redis still holds their old values, so after the outage these keys are deleted there. One lock
    is held during each change in memory and during this clean-up: no thread reads Redis in between,
    and no change goes to a memory that was just cleared.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: dict[str, None] = {}
        self._cleared = False

    def change(self, keys: Collection[str], in_memory: Callable[[], Any]) -> Any:
        """Note the keys, and return what `in_memory` returns, which changes them."""
        with self._lock:
            self._keys.update(dict.fromkeys(keys))
            while len(self._keys) > MAX_KEYS:  # to bound it; the oldest expire first, most likely
                del self._keys[next(iter(self._keys))]
            return in_memory()

    def clear(self, in_memory: Callable[[], Any]) -> Any:
        """Note that all keys were deleted, and return what `in_memory` returns."""
        with self._lock:
            self._cleared = True
            return in_memory()

    def clean_up(self, delete: Callable[[list[str], bool], None]) -> None:
        """Call `delete` with the noted keys, and whether all were deleted. If it raises, later."""
        if not self._keys and not self._cleared:
            return
        with self._lock:
            if self._keys or self._cleared:
                delete(list(self._keys), self._cleared)
                self._keys.clear()
                self._cleared = False


_changed_keys = _ChangedKeys()


@functools.cache
def _default_cache() -> FreshCache:
    """Return the cache whose breaker is used without `OPTIONS["FRESHCACHE"]`."""
    return FreshCache("freshcache:backend")


class ResilientRedisCache(CheckedRedisCache):
    """django-redis; or the memory of this process while the breaker is open, and for a single call
    that finds no free connection. Time-outs, versions and key prefixes work alike in both.

    `OPTIONS["FRESHCACHE"]`: the dotted path of a function that returns a `FreshCache`, whose
    breaker is shared; without it, a breaker is made. No method raises `redis.RedisError`.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        path = params.get("OPTIONS", {}).get("FRESHCACHE")
        self._fresh_cache: Callable[[], FreshCache] = (
            import_string(path) if path else _default_cache
        )
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
        """Call `with_redis`, or `in_memory` if Redis is away. `changed`: the keys it writes."""
        breaker = self._fresh_cache().breaker
        if breaker.closed:
            try:
                _changed_keys.clean_up(self._delete_changed)
                return with_redis()
            except PoolExhausted as error:
                log.warning(
                    "no free Redis connection: this call uses memory",
                    extra={"error": str(error)},
                )
            except redis.RedisError as error:
                breaker.trip(error)
        if not changed:
            return in_memory()
        keys = [str(self.client.make_key(key, version=version)) for key in changed]
        return _changed_keys.change(keys, in_memory)

    def _delete_changed(self, keys: list[str], everything: bool) -> None:
        """Delete in Redis what changed during an outage, and everything in memory."""
        if everything:
            RedisCache.clear(self)
        else:
            self.client.get_client(write=True).delete(*keys)
        self._memory.clear()
        log.info("cleaned up after an outage", extra={"keys": len(keys), "everything": everything})

    def run(self, with_redis: Callable[[redis.Redis], T], in_memory: Callable[[], T]) -> T:
        """Return what `with_redis` returns for a client; while Redis is away, call `in_memory`.

        If `with_redis` raises `redis.RedisError`, the breaker opens and `in_memory` is called.
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
        """Delete every key in this Redis database, those of `FreshCache`s too, which allow that."""
        return self._either(
            lambda: RedisCache.clear(self), lambda: _changed_keys.clear(self._memory.clear)
        )

    # That of django-redis bypasses the methods above; Django's uses them.
    incr_version = BaseCache.incr_version
