"""For whoever operates it: is it alive, is it ready, how does the cache do.

Nothing here needs a session, an account or a database beyond the one question that `ready` asks.
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
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from feed import listener
from feed.cache import feed_cache
from freshcache.breaker import State
from freshcache.cache import FreshCache
from freshcache.django.listener import State as ListenerState
from freshcache.errors import PoolExhausted, RedisAway
from freshcache.policy import Room
from posts.problems import RETRY_AFTER_SECONDS

# While one probe waits for the database, the next waits for that probe only so long.
PROBE_WAIT_SECONDS = 0.5
DATABASE_DOWN = {"database": "down", "migrations": "unknown"}
_asking = threading.Lock()
T = TypeVar("T")

# Anybody may ask. A process works for so many answers a second, and then gives the last one again.
MAX_ANSWERS_PER_SECOND = 10
# Once applied, the migrations of this release stay so for as long as the process lives.
_migrated = threading.Event()


class Recent(Generic[T]):
    """What `make` returns for a cache: a new answer, or after too many in this second the last.

    So that health can be asked without limit, by anybody, and never costs the database or Redis
    more than a probe each 100 ms.
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


@csrf_exempt  # nothing is changed, and a POST is better told 405 than 403
@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """The process answers. It depends on nothing else: a restart mends nothing else."""
    return JsonResponse({"status": "live"})


@csrf_exempt
@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Whether to send traffic here: 200, or 503 with what is missing.

    A Redis that is away is told, but is no reason to send nobody: the feed goes on in memory.
    """
    report = _recent_checks(feed_cache())
    fine = report["database"] == report["migrations"] == "ok"
    body = {"status": "ready" if fine else "not ready", "checks": report}
    if fine:
        return JsonResponse(body)
    return JsonResponse(body, status=503, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def _checks(cache: FreshCache) -> dict[str, str]:
    away = cache.store is not None and _redis_answers(cache) is None
    return _database() | {"cache": "degraded" if away else _in_use(cache)}


_recent_checks = Recent(_checks)


def _database() -> dict[str, str]:
    """What the database says, asked in each probe; whether it is migrated, only until it is.

    One probe at a time waits for a database that hangs.
    """
    if not _asking.acquire(timeout=PROBE_WAIT_SECONDS):
        return DATABASE_DOWN
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
    finally:
        _asking.release()
    return {"database": "ok", "migrations": "ok"}


class CacheStatsSerializer(serializers.Serializer[Any]):
    hits = serializers.IntegerField()
    misses = serializers.IntegerField()
    stale_hits = serializers.IntegerField()
    hit_rate_percent = serializers.FloatField(help_text="Reads answered without the database.")
    fills = serializers.IntegerField()
    discarded_fills = serializers.IntegerField(help_text="Loaded, but outrun by a change.")
    waits = serializers.IntegerField(help_text="Reads that waited for another's load.")
    invalidations = serializers.IntegerField()
    count_invalidations = serializers.IntegerField()
    lost_invalidations = serializers.IntegerField(help_text="Made good when Redis came back.")
    bypasses = serializers.IntegerField()
    errors = serializers.IntegerField(  # type: ignore[assignment] # hides what is not used here
        help_text="Loads that failed because of the database."
    )
    self_checks = serializers.IntegerField(help_text="Hits that were compared with the database.")
    stale_total = serializers.IntegerField(help_text="Those that it contradicted: 0, one hopes.")
    redis_available = serializers.BooleanField()
    memory_cache_size = serializers.IntegerField(help_text="Pages in this process's memory.")


class BreakerSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField([state.value for state in State])
    seconds_in_state = serializers.FloatField()


class CacheHealthSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(
        ["healthy", "degraded"], help_text="degraded: there is a Redis, and it does not answer."
    )
    backend = serializers.ChoiceField(["redis", "memory"])
    latency_ms = serializers.FloatField(help_text="Of one round trip to the backend, just made.")
    scope = serializers.ChoiceField(
        ["fleet", "process"],
        help_text="Whose counts these are. Other workers' of the last second may be missing.",
    )
    as_of = serializers.DateTimeField()
    breaker = BreakerSerializer()
    listener = serializers.ChoiceField(
        [state.value for state in ListenerState],
        help_text="Whether this process hears from PostgreSQL of changes made by raw SQL.",
    )
    stats = CacheStatsSerializer()


class CacheHealth(APIView):
    authentication_classes = ()
    permission_classes = ()

    @extend_schema(operation_id="cache_health", responses=CacheHealthSerializer, auth=[])
    def get(self, request: Request) -> Response:
        """Health and stats of the cache: the fleet's, or with Redis away this process's."""
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
    """Make a round trip to Redis; how long it took (ms), or None: away, none, or none free.

    A failure opens the breaker, as any reader's would. While it is open, it is the one to ask.
    """
    if cache.store is None or not cache.breaker.closed:
        return None
    started = time.perf_counter()
    with suppress(PoolExhausted, RedisAway), cache.breaker.watch():
        cache.store.ping()
        return (time.perf_counter() - started) * 1000
    return None


def _fleet_counts(cache: FreshCache) -> dict[str, int] | None:
    """The fleet's counts, with all of this process's in them; None if Redis has just gone."""
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
