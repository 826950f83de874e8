"""The feed's cache: made from the settings, one for each process."""

import functools
import threading
from collections.abc import Callable

import redis
from django.conf import settings

from feed.shape import shape
from freshcache.cache import FreshCache
from freshcache.engine import DEFAULT_STORE
from freshcache.policy import Policy
from freshcache.redis.key_names import KeyNames
from freshcache.redis.store import Store, store_of

NAMESPACE = "feed:global"
# What of settings.FEED is not the cache's.
OTHERS = {"TTL_SECONDS", "CARD_BYTES", "VIEWER_BYTES", "FRONT_DOOR_BYTES"}

_making = threading.Lock()


def feed_cache() -> FreshCache:
    """This process's cache of the feed, made from the settings at the first call."""
    with _making:  # two of them would not hear of each other's changes
        return _made()


@functools.cache
def _made() -> FreshCache:
    options = {name.lower(): value for name, value in settings.FEED.items() if name not in OTHERS}
    policy = Policy(
        alone=not settings.REDIS_URL and settings.WEB_WORKERS == 1,
        threads=settings.WEB_THREADS,
        edge_seconds=settings.EDGE_S_MAXAGE_SECONDS,
        edge_stale_while_revalidate_seconds=settings.EDGE_STALE_WHILE_REVALIDATE_SECONDS,
        edge_stale_if_error_seconds=settings.EDGE_STALE_IF_ERROR_SECONDS,
        **options,
    )
    store = DEFAULT_STORE if settings.REDIS_URL else None
    return FreshCache(NAMESPACE, policy=policy, store=store, version=shape(), label="feed")


def shared_store(connect: Callable[[], "redis.Redis"]) -> Store:
    """What the fleet shares in the Redis that `connect` reaches."""
    return store_of(KeyNames(NAMESPACE, settings.REDIS_KEY_PREFIX, shape()), connect)


def reset() -> None:
    """Forget this process's cache: the next call makes another from the settings of then."""
    _made.cache_clear()
