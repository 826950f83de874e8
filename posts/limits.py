"""Limits per account, address or key: how many uses in how many seconds (`settings.LIMITS`).

    limits.check("writes", account=user)            # raises LimitExceededError
    limits.check("searches", request=request)       # by the request's address

Counted in Redis by one script, so that threads and workers share one count. While Redis is not
reachable or not configured, each process counts in its memory. docs/operations.md, "Limits".
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
from posts.errors import LimitExceededError

if TYPE_CHECKING:
    from rest_framework.request import Request

    from posts.models import User


def rate(scope: str) -> Rate:
    """Return the limit called `scope`.

    Raises:
        KeyError: there is no such limit.
    """
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
    """Return one use by an account, by a `key`, or by the address of a request.

    Raises:
        TypeError: none of the three is given.
    """
    if account is not None:
        identity = f"account:{account if isinstance(account, int) else account.pk}"
    elif key is not None:
        identity = f"key:{key}"
    elif request is not None:
        identity = f"address:{address_of(request)}"
    else:
        raise TypeError("Give account, key or request: a use is counted for one of them.")
    return Use(scope=scope, identity=identity, rate=rate(scope), cost=cost, refuses=refuses)


def count(uses: Sequence[Use]) -> list[Counted]:
    """Count these uses in one step, or none of them if a limit that refuses is reached."""
    cache = caches["default"]
    # freshcache's backend knows when Redis is away, and calls the second function then.
    run = getattr(cache, "run", None)
    if run is None:
        return _memory().count(uses)
    redis_counters = _redis(cache.key_prefix)
    counted: list[Counted] = run(
        lambda client: redis_counters.count(client, uses), lambda: _memory().count(uses)
    )
    return counted


def take(uses: Sequence[Use]) -> int:
    """Count these uses. Return whole seconds until a retry is allowed, 0 if all were counted."""
    return wait_of(uses, count(uses))


def wait_of(uses: Sequence[Use], counted: Sequence[Counted]) -> int:
    """Return whole seconds until a retry is allowed, 0 if all were counted."""
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
        LimitExceededError: the limit is reached, and the use was not counted.
    """
    if seconds := take([use(scope, account=account, request=request, key=key)]):
        raise LimitExceededError(seconds)


def address_of(request: "HttpRequest | Request") -> str:
    """Return the address that limits count by; of IPv6 the /64."""
    return network(client_address(request))


def folded(text: str) -> str:
    """Fold a typed name, so that all spellings of one account share one count."""
    # Upper case first: dotless i has the same upper case as i, but another lower case.
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
    """Drop the counts in this process's memory."""
    _memory.cache_clear()
    _redis.cache_clear()
