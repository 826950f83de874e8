"""`GET /health/cache`: counts, latency, and an absent Redis."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django_redis import get_redis_connection
from pytest_django import Settings

from tests.factories import PostFactory
from tests.servers import RedisServer
from tests.site import Site
from tests.unit.feed.test_health import CACHE, READY, probe


def test_health_has_the_keys_of_the_contract(client: Client) -> None:
    health = client.get(CACHE).json()
    assert health.keys() >= {"status", "backend", "latency_ms", "stats", "scope", "as_of"}
    known = {"hits", "misses", "hit_rate_percent", "redis_available", "memory_cache_size"}
    assert health["stats"].keys() >= known
    assert health["breaker"]["state"] == "closed"
    assert health["latency_ms"] >= 0


def test_without_redis_the_cache_is_healthy_and_in_memory(
    client: Client, settings: Settings
) -> None:
    settings.REDIS_URL = None
    health = client.get(CACHE).json()
    assert (health["status"], health["backend"], health["scope"]) == (
        "healthy",
        "memory",
        "process",
    )
    assert health["stats"]["redis_available"] is False


@pytest.mark.django_db(transaction=True)
def test_reads_are_counted(client: Client) -> None:
    PostFactory.create()
    for _ in range(4):
        client.get("/api/feed/")
    stats = client.get(CACHE).json()["stats"]
    assert (stats["hits"], stats["misses"], stats["fills"]) == (3, 1, 1)
    assert stats["hit_rate_percent"] == 75.0
    assert stats["invalidations"] >= 1
    assert stats["memory_cache_size"] == 1


@pytest.mark.django_db
def test_hit_rate_before_the_first_read_is_zero(client: Client) -> None:
    assert client.get(CACHE).json()["stats"]["hit_rate_percent"] == 0.0


def _cache(site: Site) -> Any:
    reply = probe(site, CACHE)
    assert reply.status == HTTPStatus.OK
    return reply.json()


@pytest.mark.redis
def test_the_latency_is_that_of_a_round_trip_to_redis(
    serve: Callable[..., Site], redis_server: RedisServer, wait_until: Callable[..., None]
) -> None:
    site = serve(REDIS_URL=redis_server.url, REDIS_TIMEOUT="2")
    # Again if the machine was busy, so that an answer took longer or the pause was over before.
    wait_until(lambda: 0 < _cache(site)["latency_ms"] < 100)

    def latency_of_paused_redis() -> float:
        with redis_server.client() as redis:
            redis.client_pause(500)
        latency: float = _cache(site)["latency_ms"]
        return latency

    wait_until(lambda: 100 < latency_of_paused_redis() < 2000)


@pytest.mark.redis
def test_the_counts_are_those_of_all_workers(
    serve: Callable[..., Site], wait_until: Callable[..., None]
) -> None:
    # Patient with Redis: on a busy machine 50 ms may pass, and an outage would be counted too.
    site = serve(WEB_WORKERS="2", REDIS_TIMEOUT="2")
    for _ in range(40):
        site.get("/api/feed/")

    def counted() -> bool:
        health = _cache(site)
        stats = health["stats"]
        return health["scope"] == "fleet" and (stats["hits"], stats["misses"]) == (39, 1)

    wait_until(counted)


@pytest.mark.redis
@pytest.mark.parametrize("how", ["killed", "hung"])
def test_absent_redis_is_reported_and_recovery_too(
    serve: Callable[..., Site],
    redis_server: RedisServer,
    wait_until: Callable[..., None],
    how: str,
) -> None:
    site = serve(REDIS_URL=redis_server.url, REDIS_TIMEOUT="0.5")
    goes, comes = {
        "killed": (redis_server.kill, redis_server.start),
        "hung": (redis_server.pause, redis_server.resume),
    }[how]
    assert _cache(site)["status"] == "healthy"
    goes()
    for _ in range(10):  # on every worker, and at once
        health = _cache(site)
        assert (health["status"], health["backend"]) == ("degraded", "memory")
        assert health["scope"] == "process"
        assert health["stats"]["redis_available"] is False
        assert health["breaker"]["state"] != "closed"
        ready = probe(site, READY)
        assert ready.status == HTTPStatus.OK
        assert ready.json()["checks"]["cache"] == "degraded"
    comes()
    wait_until(lambda: all(_cache(site)["status"] == "healthy" for _ in range(10)))
    assert _cache(site)["backend"] == "redis"


@pytest.mark.redis
def test_exhausted_pool_is_degraded_and_keeps_the_breaker_closed(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = get_redis_connection("default").connection_pool
    monkeypatch.setattr(pool, "timeout", 0.01)
    taken = [pool.get_connection() for _ in range(pool.max_connections)]
    try:
        health = client.get(CACHE).json()
    finally:
        for each in taken:
            pool.release(each)
    assert (health["status"], health["backend"]) == ("degraded", "redis")
    assert health["breaker"]["state"] == "closed"
    assert client.get(CACHE).json()["status"] == "healthy"
