"""The data that all processes share in Redis: generation, counts version, pages, leases, counters.

All keys have one hash tag, so that a Redis Cluster keeps them in one slot, and a script may use
several. Methods raise `redis.RedisError`; `freshcache.read` and `freshcache.engine` handle it.

Redis is not trusted. A stored page carries a MAC (HMAC-SHA256, RFC 2104) of its key and content. A
value without a valid MAC, of another type or too large counts as missing. The MAC is checked once,
before the page enters the memory of a process, so that hits don't pay for it.
"""

import hmac
import logging
import math
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
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
from freshcache.redis import script_call
from freshcache.redis.key_names import KeyNames
from freshcache.redis.stored_page import StoredPage

log = logging.getLogger(__name__)

# Larger pages are not shared, and larger values are not read to their end: they are foreign.
MAX_STORED_BYTES = 4_000_000
_MAC = "sha256"
_MAC_CHARACTERS = 64  # of SHA-256 in hexadecimal


def _script(name: str) -> str:
    return (Path(__file__).parent / f"{name}.lua").read_text()


# What each does is described in its file.
_CONFIRM = _script("confirm")
_FILL = _script("fill")
_RELEASE = _script("release")
_COUNTERS = _script("counters")
_COUNT = _script("count")


@dataclass(frozen=True, slots=True)
class Answer:
    """The generation and counts version in Redis at `now_us`, microseconds since 1970 there."""

    generation: int
    counts_version: int
    now_us: int


def _ms(seconds: float) -> int:
    # Rounded up, because Redis refuses 0 ms.
    return math.ceil(seconds * 1000)


class Store:
    """The data of one cache in Redis. Thread-safe. All methods may raise `redis.RedisError`.

    `connect` returns a client at each call, whose pool keeps the connections. `secret`: the key of
    the MACs; processes with another secret can't read each other's pages.
    """

    def __init__(
        self, connect: Callable[[], "redis.Redis"], *, key_names: KeyNames, secret: bytes
    ) -> None:
        self._connect = connect
        self._secret = secret
        self.key_names = key_names
        self._scripts: dict[str, Script] = {}
        self._caller = script_call.Caller()

    def _run(
        self,
        text: str,
        keys: Sequence[str],
        arguments: Sequence[Any],
        *,
        packed: bool = False,
        question: bool = False,
    ) -> Any:
        """Run a script by its digest. Its text is sent only to a Redis that does not have it.

        `packed`: pack the call here, because it is frequent. `question`: it also changes nothing,
        and is sent on a connection that questions have for themselves.
        """
        client = self._connect()
        if (script := self._scripts.get(text)) is None:
            script = self._scripts[text] = client.register_script(text)
        if question and script_call.can_call(client):
            with suppress(redis.exceptions.NoScriptError):
                return self._caller.call(client, script.sha, keys, arguments)
        if packed:
            return script_call.run(script, client, keys, arguments)
        return script(keys, arguments, client=client)

    def confirm(self, *, seen: int, bump: Literal["", "content", "counts"] = "") -> Answer:
        """Return the current generation and counts version.

        `bump`: first begin a new generation ("content") or a new counts version ("counts"). `seen`:
        the highest generation that this process has seen. If Redis holds none or a lower one, it
        has lost data, and begins a generation that is higher than any process can have seen.
        """
        keys = [self.key_names.generation, self.key_names.counts_version]
        answer = self._run(_CONFIRM, keys, [seen, bump], packed=True, question=not bump)
        generation, counts_version, now_us = map(int, answer.split())
        return Answer(generation, counts_version, now_us)

    def get(self, name: str) -> StoredPage | None:
        """Return the stored page, or None. A foreign value is logged; the next fill replaces it."""
        key = self.key_names.page(name)
        try:
            # Not GET: a foreign value may have 512 MB, the most that Redis stores.
            client = self._connect()
            value: bytes = script_call.command(client, "GETRANGE", key, 0, MAX_STORED_BYTES)
        except redis.ResponseError:
            value = b"a value of another type"
        if not value:
            return None
        page = self._opened(key, value)
        if page is None:
            log.warning("a foreign value in Redis is ignored", extra={"key": key})
        return page

    def fill(self, name: str, page: StoredPage, *, ttl_seconds: float, token: str) -> bool:
        """Store the page if its generation is still current; return whether it was stored.

        The lease is given back in either case. `token`: of the lease, or empty without one.
        """
        page_key = self.key_names.page(name)
        keys = [self.key_names.generation, page_key, self.key_names.lease(name, page.generation)]
        sealed = self._sealed(page_key, page.encode())
        arguments: list[Any] = [page.generation, sealed, _ms(ttl_seconds), token]
        return bool(self._run(_FILL, keys, arguments, packed=True))

    def _sealed(self, key: str, content: bytes) -> bytes:
        """Return MAC and content. The MAC covers the key, so that pages can't be swapped."""
        return self._mac(key, content) + b"\n" + content

    def _opened(self, key: str, value: bytes) -> StoredPage | None:
        """Return the page; None if it was not stored under this key with our secret."""
        mac, content = value[:_MAC_CHARACTERS], value[_MAC_CHARACTERS + 1 :]
        if not hmac.compare_digest(mac, self._mac(key, content)):
            return None
        return StoredPage.decode(content)

    def _mac(self, key: str, content: bytes) -> bytes:
        return hmac.digest(self._secret, key.encode() + b"\n" + content, _MAC).hex().encode()

    def lease(self, name: str, *, generation: int, seconds: float) -> str:
        """Take the lease for loading a page; return its token, empty if another process has it."""
        token = secrets.token_hex(8)
        key = self.key_names.lease(name, generation)
        set_if_free = "SET", key, token, "PX", _ms(seconds), "NX"
        return token if script_call.command(self._connect(), *set_if_free) else ""

    def release(self, name: str, *, generation: int, token: str) -> None:
        """Give back a lease after a load that failed."""
        self._run(_RELEASE, [self.key_names.lease(name, generation)], [token])

    def forget(self, name: str) -> None:
        """Delete a page, because what it showed does not exist any more."""
        self._connect().delete(self.key_names.page(name))

    def count(self, counts: dict[str, int]) -> None:
        """Add to the counters of the fleet, in one round trip."""
        pairs = [part for pair in counts.items() for part in pair]
        self._run(_COUNT, [self.key_names.stats], pairs)

    def counters(self) -> dict[str, int]:
        """Return the counters of the fleet. One without a value, or with a foreign one, is 0."""
        stored = cast("list[bytes | None]", self._run(_COUNTERS, [self.key_names.stats], EVENTS))
        counts: dict[str, int] = dict.fromkeys(EVENTS, 0)
        for event, count in zip(EVENTS, stored, strict=False):  # empty without a hash
            counts[event] = int(count) if count and count.isdigit() else 0
        return counts

    def ping(self) -> None:
        """Make one round trip to Redis."""
        self._connect().ping()


class DefaultStore:
    """A placeholder for `default_store`, which can be called only when settings are loaded."""


def default_store(namespace: str, *, version: str = "") -> Store | None:
    """Return the store in the Redis of `CACHES["default"]`; None if that is not django-redis.

    Its keys begin with the KEY_PREFIX of that cache. `version`: see `KeyNames`.
    """
    cache = caches["default"]
    if not isinstance(cache, RedisCache):
        return None
    key_names = KeyNames(namespace, cache.key_prefix, version)
    return store_of(key_names, lambda: get_redis_connection("default"))


def store_of(key_names: KeyNames, connect: Callable[[], "redis.Redis"]) -> Store:
    """Return the store in the Redis that `connect` reaches.

    Its secret is derived from SECRET_KEY. After a change of that key, all stored pages are missing.
    """
    secret = salted_hmac("freshcache", key_names.namespace, algorithm="sha256").digest()
    return Store(connect, key_names=key_names, secret=secret)
