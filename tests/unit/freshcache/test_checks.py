"""Settings that don't fit the cache are reported at start, by id and with a hint."""

from typing import Any

import pytest
from pytest_django import Settings

from freshcache.django.checks import check_settings

JSON = "django_redis.serializers.json.JSONSerializer"
REDIS = "django_redis.cache.RedisCache"
LOCAL = "django.core.cache.backends.locmem.LocMemCache"


@pytest.mark.parametrize(
    ("cache", "ids"),
    [
        ({"BACKEND": LOCAL}, []),
        ({"BACKEND": REDIS}, ["freshcache.W002", "freshcache.W003"]),
        ({"BACKEND": REDIS, "OPTIONS": {"SERIALIZER": JSON}}, ["freshcache.W003"]),
        ({"BACKEND": REDIS, "OPTIONS": {"SERIALIZER": JSON, "SOCKET_TIMEOUT": 1}}, []),
        (
            {"BACKEND": REDIS, "OPTIONS": {"CONNECTION_POOL_KWARGS": {"socket_timeout": 1}}},
            ["freshcache.W002"],
        ),
    ],
)
def test_pickles_and_missing_time_outs_are_warned_of(
    settings: Settings, cache: dict[str, Any], ids: list[str]
) -> None:
    settings.CACHES = {"default": cache}
    messages = check_settings()
    assert [message.id for message in messages] == ids
    assert all(message.hint for message in messages)
