"""Django's cache by itself, with no `FreshCache` to share a breaker with."""

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
    backend._own.cache_clear()
    yield caches["default"]
    # Its thread would go on to ask for a Redis that has ended.
    backend._own().breaker._probe = lambda: None
    backend._own.cache_clear()


def test_an_outage_is_no_error_and_what_changed_meanwhile_does_not_come_back(
    cache: BaseCache, redis_server: RedisServer, wait_until: Callable[..., None]
) -> None:
    cache.set("word", "before", timeout=None)
    redis_server.kill()
    cache.set("word", "meanwhile")
    assert cache.get("word") == "meanwhile"
    redis_server.start()
    wait_until(lambda: backend._own().breaker.closed)
    assert cache.get("word") is None
    cache.set("word", "after")
    with redis_server.client() as client:
        assert client.keys("*word")
