"""How often one account or one address may do a thing: the limits of `settings.LIMITS`.

    limits.check("writes", account=user)            # raises TooMany
    limits.check("searches", request=request)       # by the request's address

Counted in Redis by one script, so that neither threads nor workers count past each other; with
Redis away, or not configured, in each process's memory. docs/operations.md, "Limits".
"""

import functools
import hashlib
import math
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest

from posts.addresses import client_address, network
from posts.counters import Counted, MemoryCounters, Rate, RedisCounters, Use

if TYPE_CHECKING:
    from rest_framework.request import Request

    from posts.models import User


class TooMany(Exception):  # noqa: N818 -- a state of things, and expected
    """A limit is reached. Answered with 429 and Retry-After wherever a view raises it."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many: again in {seconds} s")
        self.seconds = seconds


def rate(scope: str) -> Rate:
    """The limit called `scope`. Raise KeyError: there is none of this name."""
    return Rate(*settings.LIMITS[scope])


def use(
    scope: str,
    *,
    account: "User | int | None" = None,
    request: "HttpRequest | Request | None" = None,
    key: str | None = None,
    cost: int = 1,
    refuses: bool = True,
) -> Use:
    """One use, by an account, by whatever else `key` names, or by the address of a request."""
    if account is not None:
        identity = f"account:{account if isinstance(account, int) else account.pk}"
    elif key is not None:
        identity = f"key:{key}"
    elif request is not None:
        identity = f"address:{address_of(request)}"
    else:
        raise TypeError("A use is somebody's: give account, key or request.")
    return Use(scope=scope, identity=identity, rate=rate(scope), cost=cost, refuses=refuses)


def count(uses: Sequence[Use]) -> list[Counted]:
    """Count these uses in one step, or none of them if one that refuses finds its limit reached."""
    cache = caches["default"]
    # Only the feed knows when Redis is away (its breaker); it lends that by this one method.
    run = getattr(cache, "run", None)
    if run is None:
        return _memory().count(uses)
    redis_counters = _redis(cache.key_prefix)
    counted: list[Counted] = run(
        lambda client: redis_counters.count(client, uses), lambda: _memory().count(uses)
    )
    return counted


def take(uses: Sequence[Use]) -> int:
    """The same; whole seconds until it may be tried again, 0 if all were counted."""
    counted = count(uses)
    waits = [answer.wait_seconds for use, answer in zip(uses, counted, strict=True) if use.refuses]
    return math.ceil(max(waits, default=0))


def check(
    scope: str,
    *,
    account: "User | int | None" = None,
    request: "HttpRequest | Request | None" = None,
    key: str | None = None,
) -> None:
    """Count one use.

    Raises:
        TooMany: the limit is reached; nothing was counted.
    """
    if seconds := take([use(scope, account=account, request=request, key=key)]):
        raise TooMany(seconds)


def address_of(request: "HttpRequest | Request") -> str:
    """The address that limits count: IPv6 by /64."""
    return network(client_address(request))


def folded(text: str) -> str:
    """A name as somebody typed it, so that no two spellings of one account are counted apart."""
    # Upper first: dotless i and the like have one upper case with i, and another lower case.
    return unicodedata.normalize("NFKC", text).upper().casefold().strip()


def _secret() -> bytes:
    return hashlib.blake2b(b"limits:" + settings.SECRET_KEY.encode(), digest_size=32).digest()


@functools.cache
def _memory() -> MemoryCounters:
    return MemoryCounters(secret=_secret())


@functools.cache
def _redis(prefix: str) -> RedisCounters:
    return RedisCounters(prefix=prefix or "feedsite", secret=_secret())


def reset() -> None:
    """Forget what this process counted in memory."""
    _memory.cache_clear()
    _redis.cache_clear()
