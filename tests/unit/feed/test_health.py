"""Probes of liveness and readiness, also without the database. Cache: test_health_cache.py."""

import os
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from feed import health
from feed.timed_check import TimedCheck
from feed.verification.http_client import Reply
from tests.processes import temporary_directory, wait_until
from tests.servers import POSTGRES_DIRECTORY
from tests.site import Site

LIVE, READY, CACHE, LANES = PATHS = (
    *("/health/live", "/health/ready", "/health/cache", "/health/lanes"),
)
# Orchestrators count a probe that takes longer as failed.
PROBE_SECONDS = 3.0


@pytest.fixture(autouse=True)
def _first_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next probe be the first of its process, and each wait for its own check."""
    health._migrated.clear()
    for name, check in (("_timed_database", health._database), ("_timed_redis", health._redis)):
        failed = getattr(health, name)._failed
        timed = TimedCheck(check, failed=failed, wait_seconds=30, limit_seconds=30)
        monkeypatch.setattr(health, name, timed)


def probe(site: Site, path: str) -> Reply:
    started = time.monotonic()
    reply = site.get(path)
    assert time.monotonic() - started < PROBE_SECONDS
    return reply


def test_process_is_live_without_a_database(client: Client) -> None:
    # Without the django_db mark, any query is an error.
    response = client.get(LIVE)
    assert response.status_code == HTTPStatus.OK
    assert response.json() == {"status": "live"}


@pytest.mark.django_db(transaction=True)
def test_process_is_ready_if_the_database_answers_and_is_migrated(client: Client) -> None:
    response = client.get(READY)
    assert response.status_code == HTTPStatus.OK
    cache = "redis" if django_settings.REDIS_URL else "memory"
    checks = {"database": "ok", "migrations": "ok", "cache": cache}
    assert response.json() == {"status": "ready", "checks": checks}


@pytest.mark.django_db
def test_once_migrated_a_check_is_one_query(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    health._database()
    with django_assert_num_queries(1):
        health._database()


@pytest.mark.django_db(transaction=True)
def test_process_is_ready_only_after_migrations(client: Client) -> None:
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


@pytest.mark.django_db(transaction=True)
def test_process_is_not_ready_while_a_check_of_the_database_hangs(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()

    def hang() -> dict[str, str]:
        assert gate.wait(30)
        return health._database()

    timed = TimedCheck(hang, failed=health.DATABASE_DOWN, limit_seconds=0.01)
    monkeypatch.setattr(health, "_timed_database", timed)
    response = client.get(READY)
    assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert response.json()["checks"]["database"] == "down"
    gate.set()
    wait_until(lambda: client.get(READY).status_code == HTTPStatus.OK)


def test_without_lanes_their_state_is_empty(client: Client) -> None:
    """As under `manage.py runserver`."""
    health_of_lanes = client.get(LANES).json()
    assert health_of_lanes == {"scope": "process", "pid": os.getpid(), "lanes": {}}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", PATHS)
def test_health_responses_are_not_stored(client: Client, path: str) -> None:
    assert "no-store" in client.get(path)["Cache-Control"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", PATHS)
def test_probe_by_head_is_answered(client: Client, path: str) -> None:
    response = client.head(path)
    assert response.status_code == HTTPStatus.OK
    assert response.content == b""


@pytest.mark.parametrize("path", PATHS)
def test_probe_by_post_is_refused(path: str) -> None:
    response = Client(enforce_csrf_checks=True).post(path)
    assert response.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert "GET" in response["Allow"]


@pytest.mark.parametrize("path", [LIVE, CACHE, LANES])
def test_health_does_not_read_the_session(client: Client, path: str) -> None:
    client.cookies[django_settings.SESSION_COOKIE_NAME] = "a" * 32
    response = client.get(path, headers={"Authorization": f"Bearer {'0' * 64}"})
    assert response.status_code == HTTPStatus.OK


@pytest.mark.django_db(transaction=True)
def test_probes_are_answered_over_http_on_a_site_with_tls(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    client = Client()
    assert client.get("/api/feed/").status_code == HTTPStatus.MOVED_PERMANENTLY
    assert {client.get(path).status_code for path in PATHS} == {HTTPStatus.OK}


class Database:
    """The run's PostgreSQL at a second address, which can be removed."""

    def __init__(self) -> None:
        self._directory = temporary_directory("gone")
        socket = ".s.PGSQL.5432"
        self._socket = self._directory / socket
        self._target = Path(os.environ[POSTGRES_DIRECTORY]) / socket
        self.url = f"postgres://feed@/{connection.settings_dict['NAME']}?host={self._directory}"

    def come(self) -> None:
        self._socket.symlink_to(self._target)

    def go(self) -> None:
        self._socket.unlink()
        self.end_connections()

    def end_connections(self) -> None:
        """End all other connections. One that is being made at this moment survives."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.mark.postgres
def test_process_without_database_is_live_and_not_ready_until_it_is_back(
    serve: Callable[..., Site], wait_until: Callable[..., None]
) -> None:
    database = Database()
    database.come()
    site = serve(DATABASE_URL=database.url, WEB_WORKERS="1")
    assert probe(site, READY).status == HTTPStatus.OK
    database.go()

    def away() -> bool:
        database.end_connections()
        return probe(site, READY).status == HTTPStatus.SERVICE_UNAVAILABLE

    wait_until(away)
    for _ in range(2):
        reply = probe(site, READY)
        assert reply.status == HTTPStatus.SERVICE_UNAVAILABLE
        assert reply.json()["checks"]["database"] == "down"
        assert probe(site, LIVE).status == HTTPStatus.OK
        assert probe(site, CACHE).status == HTTPStatus.OK
    database.come()
    wait_until(lambda: probe(site, READY).status == HTTPStatus.OK)
