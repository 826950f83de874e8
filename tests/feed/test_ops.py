"""Health: alive, ready, and how the cache does; with the database or Redis away, too."""

import os
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django_redis import get_redis_connection
from pytest_django import DjangoAssertNumQueries, Settings

from feed import ops
from tests.factories import PostFactory
from tests.processes import temporary_directory
from tests.servers import POSTGRES_DIRECTORY, RedisServer
from tests.site import Reply, Site

LIVE, READY, CACHE = PATHS = ("/health/live", "/health/ready", "/health/cache")
# A probe that takes longer is taken for a failed one.
PROBE_SECONDS = 3.0


@pytest.fixture(autouse=True)
def _not_known_to_be_migrated() -> None:
    ops._migrated.clear()


def _probe(site: Site, path: str) -> Reply:
    started = time.monotonic()
    reply = site.get(path)
    assert time.monotonic() - started < PROBE_SECONDS
    return reply


def test_a_process_is_live_whatever_became_of_its_database(client: Client) -> None:
    # Without the django_db mark, any query is an error.
    response = client.get(LIVE)
    assert response.status_code == HTTPStatus.OK
    assert response.json() == {"status": "live"}


@pytest.mark.django_db
def test_it_is_ready_when_the_database_answers_and_is_migrated(client: Client) -> None:
    response = client.get(READY)
    assert response.status_code == HTTPStatus.OK
    cache = "redis" if django_settings.REDIS_URL else "memory"
    checks = {"database": "ok", "migrations": "ok", "cache": cache}
    assert response.json() == {"status": "ready", "checks": checks}


@pytest.mark.django_db
def test_once_migrated_a_probe_is_one_query(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get(READY)
    with django_assert_num_queries(1):
        client.get(READY)


@pytest.mark.django_db
def test_it_is_not_ready_before_it_is_migrated_and_then_it_is(client: Client) -> None:
    last = MigrationRecorder.Migration.objects.filter(app="posts").latest("name")
    last.delete()
    for _ in range(2):
        response = client.get(READY)
        assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
        assert response.json()["status"] == "not ready"
        assert response.json()["checks"]["migrations"] == "pending"
        assert int(response["Retry-After"]) > 0
    last.save()
    assert client.get(READY).status_code == HTTPStatus.OK


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_nothing_may_keep_an_answer_about_health(client: Client, path: str) -> None:
    assert "no-store" in client.get(path)["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_a_probe_may_use_head(client: Client, path: str) -> None:
    response = client.head(path)
    assert response.status_code == HTTPStatus.OK
    assert response.content == b""


@pytest.mark.parametrize("path", PATHS)
def test_a_probe_may_not_post(path: str) -> None:
    response = Client(enforce_csrf_checks=True).post(path)
    assert response.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert "GET" in response["Allow"]


@pytest.mark.parametrize("path", [LIVE, CACHE])
def test_nobody_looks_for_a_session(client: Client, path: str) -> None:
    client.cookies[django_settings.SESSION_COOKIE_NAME] = "a" * 32
    response = client.get(path, headers={"Authorization": f"Bearer {'0' * 64}"})
    assert response.status_code == HTTPStatus.OK


@pytest.mark.django_db
def test_probes_are_answered_over_http_where_the_site_is_not(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    client = Client()
    assert client.get("/api/feed/").status_code == HTTPStatus.MOVED_PERMANENTLY
    assert {client.get(path).status_code for path in PATHS} == {HTTPStatus.OK}


class Database:
    """The run's PostgreSQL at a second address, which can be made to lead nowhere."""

    def __init__(self) -> None:
        self._directory = temporary_directory("gone")
        self._application = self._directory.name
        socket = ".s.PGSQL.5432"
        self._socket = self._directory / socket
        self._target = Path(os.environ[POSTGRES_DIRECTORY]) / socket
        self.url = (
            f"postgres://feed@/{connection.settings_dict['NAME']}"
            f"?host={self._directory}&application_name={self._application}"
        )

    def come(self) -> None:
        self._socket.symlink_to(self._target)

    def go(self) -> None:
        self._socket.unlink()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = %s",
                [self._application],
            )


@pytest.mark.postgres
def test_with_the_database_gone_it_is_live_and_not_ready_until_it_is_back(
    serve: Callable[..., Site], wait_until: Callable[..., None]
) -> None:
    database = Database()
    database.come()
    site = serve(DATABASE_URL=database.url, WEB_WORKERS="1")
    assert _probe(site, READY).status == HTTPStatus.OK
    database.go()
    for _ in range(2):
        reply = _probe(site, READY)
        assert reply.status == HTTPStatus.SERVICE_UNAVAILABLE
        assert reply.json()["checks"]["database"] == "down"
        assert _probe(site, LIVE).status == HTTPStatus.OK
        assert _probe(site, CACHE).status == HTTPStatus.OK
    database.come()
    wait_until(lambda: _probe(site, READY).status == HTTPStatus.OK)


def test_the_health_of_the_cache_has_the_keys_that_other_programs_know(client: Client) -> None:
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
def test_it_counts_what_readers_were_served(client: Client) -> None:
    PostFactory.create()
    for _ in range(4):
        client.get("/api/feed/")
    stats = client.get(CACHE).json()["stats"]
    assert (stats["hits"], stats["misses"], stats["fills"]) == (3, 1, 1)
    assert stats["hit_rate_percent"] == 75.0
    assert stats["invalidations"] >= 1
    assert stats["memory_cache_size"] == 1


@pytest.mark.django_db
def test_before_the_first_read_the_hit_rate_is_none_and_no_error(client: Client) -> None:
    assert client.get(CACHE).json()["stats"]["hit_rate_percent"] == 0.0


def _cache(site: Site) -> Any:
    reply = _probe(site, CACHE)
    assert reply.status == HTTPStatus.OK
    return reply.json()


@pytest.mark.redis
def test_the_latency_is_that_of_a_round_trip_to_redis(
    serve: Callable[..., Site], redis_server: RedisServer
) -> None:
    site = serve(REDIS_URL=redis_server.url, REDIS_TIMEOUT="2")
    assert 0 < _cache(site)["latency_ms"] < 100
    with redis_server.client() as redis:
        redis.client_pause(500)
    assert 100 < _cache(site)["latency_ms"] < 1000


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
def test_a_redis_that_is_away_is_told_and_heals(
    serve: Callable[..., Site],
    redis_server: RedisServer,
    wait_until: Callable[..., None],
    how: str,
) -> None:
    site = serve(REDIS_URL=redis_server.url)
    goes, comes = {
        "killed": (redis_server.kill, redis_server.start),
        "hung": (redis_server.pause, redis_server.resume),
    }[how]
    assert _cache(site)["status"] == "healthy"
    goes()
    for _ in range(10):  # whichever worker it is, and at once
        health = _cache(site)
        assert (health["status"], health["backend"]) == ("degraded", "memory")
        assert health["scope"] == "process"
        assert health["stats"]["redis_available"] is False
        assert health["breaker"]["state"] != "closed"
        ready = _probe(site, READY)
        assert ready.status == HTTPStatus.OK
        assert ready.json()["checks"]["cache"] == "degraded"
    comes()
    wait_until(lambda: all(_cache(site)["status"] == "healthy" for _ in range(10)))
    assert _cache(site)["backend"] == "redis"


@pytest.mark.redis
def test_a_process_without_a_free_connection_is_degraded_but_does_not_blame_redis(
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
