"""System checks of Django's settings that the cache needs."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core import checks

PICKLE = "django_redis.serializers.pickle.PickleSerializer"  # django-redis's default


def check_settings(**kwargs: Any) -> list[checks.CheckMessage]:
    """Return all that the checks of this module find."""
    return [*_check_transactions(), *_check_redis()]


def _check_transactions() -> Iterator[checks.CheckMessage]:
    if any(database.get("ATOMIC_REQUESTS") for database in settings.DATABASES.values()):
        yield checks.Warning(
            "With ATOMIC_REQUESTS no page is ever stored: a transaction may read uncommitted data.",
            id="freshcache.W001",
            hint="Use transaction.atomic where a view writes.",
        )


def _check_redis() -> Iterator[checks.CheckMessage]:
    default = settings.CACHES.get("default", {})
    if "redis" not in str(default.get("BACKEND", "")).lower():
        return
    options = default.get("OPTIONS", {})
    if options.get("SERIALIZER", PICKLE) == PICKLE:
        yield checks.Warning(
            "CACHES['default'] reads pickles: a program that writes to Redis can run code here.",
            id="freshcache.W002",
            hint="OPTIONS: SERIALIZER = 'django_redis.serializers.json.JSONSerializer'.",
        )
    pool = options.get("CONNECTION_POOL_KWARGS", {})
    if not (options.get("SOCKET_TIMEOUT") or pool.get("socket_timeout")):
        yield checks.Warning(
            "CACHES['default'] has no time-out: a Redis that hangs stops all threads.",
            id="freshcache.W003",
            hint="OPTIONS: SOCKET_TIMEOUT = 0.05, and SOCKET_CONNECT_TIMEOUT, in seconds.",
        )


def connect() -> None:
    """Register the checks with Django."""
    checks.register(check_settings)
