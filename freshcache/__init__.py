"""A cache of pages for Django that never shows what has changed. README.md describes it.

from freshcache import FreshCache, Outcome

cache = FreshCache("articles")
page = cache.read("newest", load, ttl_seconds=30)  # load: () -> bytes
cache.invalidate("article published")  # after commit, once for each transaction
"""

from freshcache.breaker import Breaker, State
from freshcache.cache import FreshCache
from freshcache.errors import Busy, FreshCacheError, PoolExhausted, RedisAway
from freshcache.front_door.cached_response import CachedResponse, cached_response
from freshcache.front_door.door import FrontDoor
from freshcache.memory import Page
from freshcache.policy import Outcome, Policy, Room, Work
from freshcache.read import Load
from freshcache.redis.key_names import KeyNames
from freshcache.redis.store import Store, default_store, store_of
from freshcache.served import Served

__all__ = [
    "Breaker",
    "Busy",
    "CachedResponse",
    "FreshCache",
    "FreshCacheError",
    "FrontDoor",
    "KeyNames",
    "Load",
    "Outcome",
    "Page",
    "Policy",
    "PoolExhausted",
    "RedisAway",
    "Room",
    "Served",
    "State",
    "Store",
    "Work",
    "cached_response",
    "default_store",
    "store_of",
]
