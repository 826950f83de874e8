"""What the fleet shares in Redis: the generation, the pages, the leases.

All keys carry one hash tag, so that a Cluster keeps them in one slot and a script may touch them
together. Calls raise `redis.RedisError`; `freshcache.read` and `freshcache.engine` decide what that
means.

Redis is not trusted. A stored page carries a MAC over its key and its content; a value without a
valid one, of another type or too large counts as missing. The MAC is checked here, once, before the
page enters a process's memory, so a hit does not pay for it.
"""

import hmac
import logging
import math
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import redis
from django.core.cache import caches
from django.utils.crypto import salted_hmac
from django_redis import get_redis_connection
from django_redis.cache import RedisCache
from redis.commands.core import Script

from freshcache.metrics import EVENTS
from freshcache.redis.key_names import KeyNames
from freshcache.redis.stored_page import StoredPage

log = logging.getLogger(__name__)

# The largest page of 50 posts or comments, escaped as JSON, is below 3 MB. A larger value is not
# ours, and is not read to its end.
MAX_STORED_BYTES = 4_000_000
_MAC = "sha256"
_MAC_CHARACTERS = 64  # of SHA-256 in hexadecimal


def _script(name: str) -> str:
    return (Path(__file__).parent / f"{name}.lua").read_text()


# Numbers stay below 2^53 (microseconds since 1970 reach it in 2255), so Lua's doubles are exact.
# A number is never reused: not after a flush, an eviction or a failover, which lose the current
# one but neither the clock nor what the asking worker has seen. A value that this script can't
# have written counts as lost: what is no number, or is more than a year ahead of the clock. Such a
# number would leave no room above it.
_CONFIRM = _script("confirm")

_FILL = _script("fill")

_RELEASE = _script("release")

# A counter has at most 19 digits. What is longer is foreign, and may be of any size.
_COUNTERS = _script("counters")

# A foreign value in the place of the counters, or of one of them, is replaced.
_COUNT = _script("count")


@dataclass(frozen=True, slots=True)
class Answer:
    """What Redis says at one moment of its own clock, in microseconds since 1970."""

    generation: int
    counts: int
    now_us: int


def _ms(seconds: float) -> int:
    """Redis takes no time-out of 0 ms."""
    return math.ceil(seconds * 1000)


class Store:
    """`connect` returns a client each time; the client's pool is what keeps connections.

    `secret` authenticates what is stored (HMAC-SHA256, RFC 2104).
    """

    def __init__(
        self, connect: Callable[[], "redis.Redis"], *, key_names: KeyNames, secret: bytes
    ) -> None:
        self._connect = connect
        self._secret = secret
        self.key_names = key_names
        self._scripts: dict[str, Script] = {}

    def _run(self, text: str, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        """A script by its digest; its text is sent only to a Redis that does not know it."""
        client = self._connect()
        if (script := self._scripts.get(text)) is None:
            script = self._scripts[text] = client.register_script(text)
        return script(keys, arguments, client=client)

    def confirm(self, *, seen: int, bump: Literal["", "content", "counts"] = "") -> Answer:
        """Ask for the generation, after bumping it or the counts if told to.

        `seen` is the highest generation this worker knows. A lower one, or none, means that Redis
        lost it: a new one is made on the spot, higher than all that anybody can remember.
        """
        answer = self._run(
            _CONFIRM, [self.key_names.generation, self.key_names.counts], [seen, bump]
        )
        generation, counts, now_us = (int(number) for number in answer)
        return Answer(generation, counts, now_us)

    def get(self, name: str) -> StoredPage | None:
        """The stored page, or None. What this program did not store is logged, and a fill replaces
        it."""
        key = self.key_names.page(name)
        try:
            # Not GET: a foreign value may be of half a gigabyte.
            value = cast("bytes", self._connect().getrange(key, 0, MAX_STORED_BYTES))
        except redis.ResponseError:
            value = b"a value of another type"
        if not value:
            return None
        page = self._opened(key, value)
        if page is None:
            log.warning("a foreign value in Redis is ignored", extra={"key": key})
        return page

    def fill(self, name: str, page: StoredPage, *, ttl_seconds: float, token: str) -> bool:
        """Store the page if its generation is still the current one; give back the lease anyway."""
        page_key = self.key_names.page(name)
        keys = [self.key_names.generation, page_key, self.key_names.lease(name, page.generation)]
        sealed = self._sealed(page_key, page.encode())
        arguments: list[Any] = [page.generation, sealed, _ms(ttl_seconds), token]
        return bool(self._run(_FILL, keys, arguments))

    def _sealed(self, key: str, content: bytes) -> bytes:
        """The content behind its MAC, which covers the key too: no page passes for another."""
        return self._mac(key, content) + b"\n" + content

    def _opened(self, key: str, value: bytes) -> StoredPage | None:
        """The page, if it was stored under this key by a process with our secret."""
        mac, content = value[:_MAC_CHARACTERS], value[_MAC_CHARACTERS + 1 :]
        if not hmac.compare_digest(mac, self._mac(key, content)):
            return None
        return StoredPage.decode(content)

    def _mac(self, key: str, content: bytes) -> bytes:
        return hmac.digest(self._secret, key.encode() + b"\n" + content, _MAC).hex().encode()

    def lease(self, name: str, *, generation: int, seconds: float) -> str:
        """Take the lease on loading this page in this generation; empty if another has it."""
        token = secrets.token_hex(8)
        key = self.key_names.lease(name, generation)
        taken = self._connect().set(key, token, nx=True, px=_ms(seconds))
        return token if taken else ""

    def release(self, name: str, *, generation: int, token: str) -> None:
        """Give back a lease whose load failed."""
        self._run(_RELEASE, [self.key_names.lease(name, generation)], [token])

    def forget(self, name: str) -> None:
        """What the page showed is gone."""
        self._connect().delete(self.key_names.page(name))

    def count(self, counts: dict[str, int]) -> None:
        """Add to the fleet's counters, in one round trip."""
        pairs = [part for pair in counts.items() for part in pair]
        self._run(_COUNT, [self.key_names.stats], pairs)

    def counters(self) -> dict[str, int]:
        """The fleet's counters; those that never counted, or hold a foreign value, are 0."""
        stored = cast("list[bytes | None]", self._run(_COUNTERS, [self.key_names.stats], EVENTS))
        counts: dict[str, int] = dict.fromkeys(EVENTS, 0)
        for event, count in zip(EVENTS, stored, strict=False):  # none at all for a foreign value
            counts[event] = int(count) if count and count.isdigit() else 0
        return counts

    def ping(self) -> None:
        """One round trip."""
        self._connect().ping()


class DefaultStore:
    """Stands for `default_store`, which needs Django's settings and so is asked late."""


def default_store(namespace: str, *, version: str = "") -> Store | None:
    """What is shared in the Redis of `CACHES["default"]`; None if that is not django-redis.

    Its keys begin with that cache's KEY_PREFIX. `version`: see `KeyNames`.
    """
    cache = caches["default"]
    if not isinstance(cache, RedisCache):
        return None
    key_names = KeyNames(namespace, cache.key_prefix, version)
    return store_of(key_names, lambda: get_redis_connection("default"))


def store_of(key_names: KeyNames, connect: Callable[[], "redis.Redis"]) -> Store:
    """What is shared in the Redis that `connect` reaches.

    Its secret is of SECRET_KEY: with another key, what was stored before counts as missing.
    """
    secret = salted_hmac("freshcache", key_names.namespace, algorithm="sha256").digest()
    return Store(connect, key_names=key_names, secret=secret)
