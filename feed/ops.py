"""For whoever operates it: is it alive, is it ready, how does the cache do."""

import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Literal

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from feed.breaker import RedisAway
from feed.cache import FeedCache, feed_cache
from feed.connections import PoolExhausted
from feed.policy import DATABASE_FAILURES


@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """The process answers. It depends on nothing else: a restart mends nothing else."""
    return JsonResponse({"status": "live"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Whether to send traffic here: 200, or 503 with what is missing.

    A Redis that is away is told, but is no reason to send nobody: the feed goes on in memory.
    """
    cache, _, _ = _probe(feed_cache())
    report = {"database": "ok", "migrations": "ok", "cache": cache}
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            report["migrations"] = "pending"
    except DATABASE_FAILURES:
        report["database"] = "down"
        report["migrations"] = "unknown"
    fine = report["database"] == report["migrations"] == "ok"
    body = {"status": "ready" if fine else "not ready", "checks": report}
    return JsonResponse(body, status=200 if fine else 503)


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
    redis_available = serializers.BooleanField()
    memory_cache_size = serializers.IntegerField(help_text="Pages in this process's memory.")


class CacheHealthSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(["healthy", "degraded"])
    backend = serializers.ChoiceField(["redis", "memory"])
    latency_ms = serializers.FloatField(help_text="Of one round trip to the backend, just made.")
    scope = serializers.ChoiceField(["fleet", "process"], help_text="Whose counts these are.")
    as_of = serializers.DateTimeField()
    breaker = serializers.DictField()
    stats = CacheStatsSerializer()


class CacheHealth(APIView):
    authentication_classes = ()
    permission_classes = ()

    @extend_schema(operation_id="cache_health", responses=CacheHealthSerializer, auth=[])
    def get(self, request: Request) -> Response:
        """Health and stats of the cache: the fleet's, or with Redis away this process's."""
        cache = feed_cache()
        state, latency_ms, counts = _probe(cache)
        fleet = state == "redis"
        looked_up = counts["hits"] + counts["stale_hits"] + counts["misses"] + counts["bypasses"]
        hits = counts["hits"] + counts["stale_hits"]
        body = {
            "status": "degraded" if state == "degraded" else "healthy",
            "backend": "redis" if fleet else "memory",
            "latency_ms": round(latency_ms, 3),
            "scope": "fleet" if fleet else "process",
            "as_of": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "breaker": {
                "state": cache.breaker.state,
                "seconds_in_state": round(cache.breaker.seconds_in_state, 3),
            },
            "stats": {
                **counts,
                "hit_rate_percent": round(100 * hits / looked_up, 2) if looked_up else 0.0,
                "redis_available": fleet,
                "memory_cache_size": len(cache.memory),
            },
        }
        return Response(body, headers={"Cache-Control": "no-store"})


Backend = Literal["redis", "memory", "degraded"]


def _probe(cache: FeedCache) -> tuple[Backend, float, dict[str, int]]:
    """Where the cache is now, how long one round trip to it took (ms), and the counts there."""
    started = time.perf_counter()
    if cache.store is not None and cache.breaker.closed:
        with suppress(PoolExhausted, RedisAway), cache.breaker.watch():
            cache.store.ping()
            latency_ms = (time.perf_counter() - started) * 1000
            cache.metrics.flush()
            return "redis", latency_ms, cache.store.counters()
    len(cache.memory)
    latency_ms = (time.perf_counter() - started) * 1000
    return "degraded" if settings.REDIS_URL else "memory", latency_ms, cache.metrics.counts()
