"""Health endpoints: whether a process is live, whether it is ready, and the state of the cache.

They need no session and no account. Only `ready` asks the database.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.db import Error as DatabaseFault
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from feed import listener
from feed.cache import feed_cache
from feed.health_serializers import CacheHealthSerializer
from feed.timed_check import TimedCheck
from freshcache.cache import FreshCache
from freshcache.errors import PoolExhausted, RedisAway
from freshcache.policy import Room
from posts.problems import RETRY_AFTER_SECONDS

DATABASE_DOWN = {"database": "down", "migrations": "unknown"}
T = TypeVar("T")

# The endpoints are public. A process computes this many answers a second, then repeats the last.
MAX_ANSWERS_PER_SECOND = 10
# Set once the migrations of this release are applied; they stay applied.
_migrated = threading.Event()


class Recent(Generic[T]):
    """Call `make` for a cache, or repeat its last result after too many calls in one second.

    So requests without limit cost the database or Redis at most MAX_ANSWERS_PER_SECOND probes a
    second. Thread-safe.
    """

    def __init__(
        self, make: Callable[[FreshCache], T], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._make = make
        self._clock = clock
        self._lock = threading.Lock()
        self._window: tuple[int, FreshCache] | None = None
        self._count = 0
        self._last: tuple[FreshCache, T] | None = None

    def __call__(self, cache: FreshCache) -> T:
        with self._lock:
            window = int(self._clock()), cache
            if window != self._window:
                self._window, self._count = window, 0
            self._count += 1
            last = self._last
            if self._count > MAX_ANSWERS_PER_SECOND and last is not None and last[0] is cache:
                return last[1]
        made = self._make(cache)
        self._last = cache, made
        return made


@csrf_exempt  # it changes nothing, and without this a POST would get 403 and not 405
@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """Whether the process answers. Nothing else is checked: a restart would not repair it."""
    return JsonResponse({"status": "live"})


@csrf_exempt
@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Whether to send requests here: 200, or 503 with the checks that failed.

    An absent Redis is reported but leaves the process ready: the feed is served from memory.
    """
    report = _recent_checks(feed_cache())
    is_ready = report["database"] == report["migrations"] == "ok"
    body = {"status": "ready" if is_ready else "not ready", "checks": report}
    if is_ready:
        return JsonResponse(body)
    return JsonResponse(body, status=503, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def _checks(cache: FreshCache) -> dict[str, str]:
    return _timed_database() | {"cache": "memory" if cache.store is None else _timed_redis()}


_recent_checks = Recent(_checks)


def _database() -> dict[str, str]:
    """Ask the database with one query, and until it is migrated also for its migrations."""
    try:
        if _migrated.is_set():
            MigrationRecorder(connection).migration_qs.exists()
        else:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                return {"database": "ok", "migrations": "pending"}
            _migrated.set()
    except DatabaseFault:
        return DATABASE_DOWN
    return {"database": "ok", "migrations": "ok"}


def _redis() -> str:
    cache = feed_cache()
    return "degraded" if _redis_answers(cache) is None else _in_use(cache)


_timed_database = TimedCheck(_database, failed=DATABASE_DOWN)
_timed_redis = TimedCheck(_redis, failed="degraded")


def begin_checks() -> None:
    """Begin the first check, so that the first probe need not wait for it."""
    _timed_database.begin()


class CacheHealth(APIView):
    """`GET /health/cache`."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(operation_id="cache_health", responses=CacheHealthSerializer, auth=[])
    def get(self, request: Request) -> Response:
        """Health and stats of the cache: of all workers, or without Redis of this process."""
        return Response(_recent_health(feed_cache()), headers={"Cache-Control": "no-store"})


def _health(cache: FreshCache) -> dict[str, Any]:
    latency_ms = _redis_answers(cache)
    fleet = _fleet_counts(cache) if latency_ms is not None else None
    backend = _in_use(cache)
    return {
        "status": "degraded" if cache.store is not None and fleet is None else "healthy",
        "backend": backend,
        "latency_ms": round(_memory_ms(cache) if latency_ms is None else latency_ms, 3),
        "scope": "process" if fleet is None else "fleet",
        "as_of": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "breaker": {
            "state": cache.breaker.state,
            "seconds_in_state": round(cache.breaker.seconds_in_state, 3),
        },
        "listener": listener.state(),
        "stats": {
            **_with_hit_rate(cache.metrics.counts() if fleet is None else fleet),
            "redis_available": backend == "redis",
            "memory_cache_size": cache.pages_in_memory,
        },
    }


_recent_health = Recent(_health)


def _in_use(cache: FreshCache) -> str:
    return "redis" if cache.generations.shared else "memory"


def _redis_answers(cache: FreshCache) -> float | None:
    """Return the milliseconds of a round trip to Redis, or None if it is not possible.

    None means: no Redis is configured, the breaker is open, Redis does not answer (which opens the
    breaker), or no connection is free.
    """
    if cache.store is None or not cache.breaker.closed:
        return None
    started = time.perf_counter()
    with suppress(PoolExhausted, RedisAway), cache.breaker.watch():
        cache.store.ping()
        return (time.perf_counter() - started) * 1000
    return None


def _fleet_counts(cache: FreshCache) -> dict[str, int] | None:
    """Return the counts of all workers, with all counts of this process; None without Redis."""
    if cache.store is None:
        return None
    with suppress(PoolExhausted, RedisAway), cache.breaker.watch():
        cache.metrics.flush()
        return cache.store.counters()
    return None


def _memory_ms(cache: FreshCache) -> float:
    started = time.perf_counter()
    cache.memories[Room.NEWEST].get("health")
    return (time.perf_counter() - started) * 1000


def _with_hit_rate(counts: dict[str, int]) -> dict[str, float]:
    hits = counts["hits"] + counts["stale_hits"]
    reads = hits + counts["misses"] + counts["bypasses"]
    return {**counts, "hit_rate_percent": round(100 * hits / reads, 2) if reads else 0.0}
