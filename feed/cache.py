"""The cache of the feed: one for each process, made from the settings at its first use."""

import dataclasses
import functools
import threading
from collections.abc import Callable
from typing import Any

import redis
from django.conf import settings

from feed.shape import shape
from freshcache.cache import FreshCache
from freshcache.engine import DEFAULT_STORE
from freshcache.policy import Policy
from freshcache.redis.key_names import KeyNames
from freshcache.redis.store import Store, store_of

NAMESPACE = "feed:global"
# Keys of settings.FEED that are not fields of `Policy`; each must be there.
FEED_ONLY = frozenset({"TTL_SECONDS", "CARD_BYTES", "VIEWER_BYTES", "FRONT_DOOR_BYTES"})
# Fields of `Policy` that other settings give, see `feed_policy`.
_FROM_OTHER_SETTINGS = frozenset(
    {
        "single_process",
        "threads",
        "edge_seconds",
        "edge_stale_while_revalidate_seconds",
        "edge_stale_if_error_seconds",
    }
)
# Keys of settings.FEED that override a field of `Policy`, with the value of the field without them.
POLICY_DEFAULTS: dict[str, Any] = {
    field.name.upper(): field.default
    for field in dataclasses.fields(Policy)
    if field.name not in _FROM_OTHER_SETTINGS
}

_creation_lock = threading.Lock()


def feed_cache() -> FreshCache:
    """Return this process's cache of the feed. Thread-safe."""
    with _creation_lock:  # a second cache would miss the changes that the first one announces
        return _create()


def feed_policy() -> Policy:
    """Return the policy of the feed's cache: `Policy`'s defaults, overridden by the settings."""
    overrides: dict[str, Any] = {
        name.lower(): value for name, value in settings.FEED.items() if name in POLICY_DEFAULTS
    }
    return Policy(
        single_process=not settings.REDIS_URL and settings.WEB_WORKERS == 1,
        threads=settings.WEB_THREADS,
        edge_seconds=settings.EDGE_S_MAXAGE_SECONDS,
        edge_stale_while_revalidate_seconds=settings.EDGE_STALE_WHILE_REVALIDATE_SECONDS,
        edge_stale_if_error_seconds=settings.EDGE_STALE_IF_ERROR_SECONDS,
        **overrides,
    )


@functools.cache
def _create() -> FreshCache:
    store = DEFAULT_STORE if settings.REDIS_URL else None
    return FreshCache(NAMESPACE, policy=feed_policy(), store=store, version=shape(), label="feed")


def shared_store(connect: Callable[[], "redis.Redis"]) -> Store:
    """Return the store of the feed in the Redis that `connect` reaches."""
    return store_of(KeyNames(NAMESPACE, settings.REDIS_KEY_PREFIX, shape()), connect)


def reset() -> None:
    """Forget this process's cache: the next call of `feed_cache` makes another one."""
    _create.cache_clear()
