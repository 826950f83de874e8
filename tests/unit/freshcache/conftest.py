"""Fixtures: a Redis that tests may stop, a fleet of workers, and a Django cache backend."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from django.core.cache.backends.locmem import LocMemCache

from freshcache.django import backend
from freshcache.django.backend import ResilientRedisCache
from tests.servers import RedisServer
from tests.unit.freshcache.fleet import Clock, Fleet, Worker

MakeCache = Callable[..., ResilientRedisCache]


@pytest.fixture(scope="session")
def _own_redis() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.kill()


@pytest.fixture
def own_redis(_own_redis: RedisServer) -> RedisServer:
    """A Redis that a test may stop or kill. It is empty, and runs again for the next test."""
    _own_redis.start()
    with _own_redis.client() as client:
        client.flushall()
        client.script_flush()
    return _own_redis


@pytest.fixture
def look(own_redis: RedisServer) -> Iterator[redis.Redis]:
    """A client to look into Redis, and to write what no worker would write."""
    with own_redis.client() as client:
        yield client


@pytest.fixture
def fleet(own_redis: RedisServer) -> Iterator[Fleet]:
    fleet = Fleet(own_redis)
    yield fleet
    fleet.close()


@pytest.fixture
def clock(fleet: Fleet) -> Clock:
    return fleet.clock


@pytest.fixture
def worker(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> Worker:
    """A worker whose breaker the cache backends share, without changed keys of other tests."""
    worker = fleet.worker()
    monkeypatch.setattr("feed.cache.feed_cache", lambda: worker.cache)
    monkeypatch.setattr(backend, "_changed_keys", backend._ChangedKeys())
    LocMemCache("redis-away", {}).clear()
    return worker


@pytest.fixture
def make(fleet: Fleet, worker: Worker) -> MakeCache:
    def make(**params: Any) -> ResilientRedisCache:
        cache = ResilientRedisCache(
            fleet.server.url,
            {
                "OPTIONS": {
                    "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
                    "FRESHCACHE": "feed.cache.feed_cache",
                },
                "KEY_PREFIX": "site",
                **params,
            },
        )
        cache.client._clients = [redis.Redis(connection_pool=worker.pool)]
        return cache

    return make


@pytest.fixture
def cache(make: MakeCache) -> ResilientRedisCache:
    return make()
