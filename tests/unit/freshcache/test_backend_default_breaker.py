"""The backend without a `FreshCache` whose breaker it shares."""

from collections.abc import Callable, Iterator

import pytest
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from pytest_django import Settings

from freshcache.django import backend
from tests.servers import RedisServer

pytestmark = pytest.mark.redis


@pytest.fixture
def cache(redis_server: RedisServer, settings: Settings) -> Iterator[BaseCache]:
    options = {"SERIALIZER": "django_redis.serializers.json.JSONSerializer", "SOCKET_TIMEOUT": 1}
    settings.CACHES = {
        "default": {
            "BACKEND": "freshcache.django.backend.ResilientRedisCache",
            "LOCATION": redis_server.url,
            "OPTIONS": options,
        }
    }
    backend._default_cache.cache_clear()
    yield caches["default"]
    # Its thread would go on to probe a Redis that was stopped.
    backend._default_cache().breaker._probe = lambda: None
    backend._default_cache.cache_clear()


def test_outage_raises_nothing_and_values_changed_during_it_do_not_return(
    cache: BaseCache, redis_server: RedisServer, wait_until: Callable[..., None]
) -> None:
    cache.set("word", "before", timeout=None)
    redis_server.kill()
    cache.set("word", "meanwhile")
    assert cache.get("word") == "meanwhile"
    redis_server.start()
    wait_until(lambda: backend._default_cache().breaker.closed)
    assert cache.get("word") is None
    cache.set("word", "after")
    with redis_server.client() as client:
        assert client.keys("*word")
