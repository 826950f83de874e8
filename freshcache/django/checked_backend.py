"""django-redis that treats foreign values in Redis as missing.

A foreign value has another type or form: a list, a pickle, `null`, or no JSON. It is logged and
deleted, so that it can be replaced. It is no failure of Redis.
"""

import logging
from typing import Any

import redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django_redis.cache import RedisCache

log = logging.getLogger(__name__)

# Returned instead of a value that is not there.
MISSING = object()


class CheckedRedisCache(RedisCache):
    """Its methods raise `redis.RedisError` if Redis fails, but not because of a value in it."""

    def read(self, key: str, version: int | None) -> Any:
        """Return the value, or MISSING."""
        try:
            value = super().get(key, MISSING, version)  # type: ignore[no-untyped-call] # theirs
        except (ValueError, RecursionError) as error:
            return self._delete_foreign(key, version, error)
        except redis.ResponseError as error:
            if not _is_foreign(error):
                raise
            return self._delete_foreign(key, version, error)
        # This program never stores `null`, and callers may not expect None.
        return self._delete_foreign(key, version) if value is None else value

    def read_many(self, keys: list[str], version: int | None) -> dict[str, Any]:
        """Return the values that exist. MGET shows those of another type as missing; they stay."""
        names = [str(self.client.make_key(key, version=version)) for key in keys]
        stored = self.client.get_client(write=False).mget(names) if names else []
        values: dict[str, Any] = {}
        for key, raw in zip(keys, stored, strict=True):
            if raw is None:
                continue
            try:
                value = self.client.decode(raw)
            except (ValueError, RecursionError) as error:
                value = self._delete_foreign(key, version, error)
            if value is None:
                value = self._delete_foreign(key, version)
            if value is not MISSING:
                values[key] = value
        return values

    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> Any:
        return super().add(key, value, timeout, version) or (
            self.read(key, version) is MISSING and super().add(key, value, timeout, version)
        )

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> Any:
        return self.read(key, version) is not MISSING and super().touch(key, timeout, version)

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> Any:
        """Add to a number.

        Raises:
            ValueError: there is none.
        """
        try:
            return super().incr(key, delta, version)
        except (TypeError, RecursionError) as error:
            self._delete_foreign(key, version, error)
        except ValueError as error:
            if self.read(key, version) is not MISSING:  # it exists, but is no number
                self._delete_foreign(key, version, error)
        except redis.ResponseError as error:
            if not _is_foreign(error):
                raise
            self._delete_foreign(key, version, error)
        raise ValueError(f"Key '{key}' not found")

    def _delete_foreign(
        self, key: str, version: int | None, error: Exception | None = None
    ) -> object:
        """Delete the value, log it, and return MISSING."""
        name = str(self.client.make_key(key, version=version))
        log.warning("foreign value in Redis: deleted", extra={"key": name, "error": repr(error)})
        self.client.get_client(write=True).delete(name)
        return MISSING


def _is_foreign(error: redis.ResponseError) -> bool:
    """Whether Redis refused a command because of the value: a wrong type, no integer, too large.

    If it refuses for another reason (no memory, a replica, still loading), that is an outage.
    """
    text = str(error)
    return text.startswith("WRONGTYPE") or "not an integer" in text or "would overflow" in text
