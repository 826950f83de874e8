"""The pool of connections: after a restart of the server it serves the first who asks."""

import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import psycopg
import pytest
from django.db import connection

from feedsite.postgresql import base

IDLE = 5

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


@pytest.fixture
def pool() -> Iterator[Any]:
    """The pool of this process, with some connections at rest."""
    connection.close()
    pool = connection.pool  # type: ignore[attr-defined] # PostgreSQL's has one
    pool.open()
    held = [pool.getconn(timeout=10) for _ in range(IDLE)]
    for one in held:
        pool.putconn(one)
    assert pool.get_stats()["pool_available"] >= IDLE
    yield pool
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]


def end_all_sessions() -> None:
    """What a restart does to them, without one."""
    parameters = connection.get_connection_params() | {"application_name": "psql"}
    with psycopg.connect(**parameters, autocommit=True) as outside:
        outside.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_when_all_its_connections_are_dead_the_next_request_has_a_new_one(
    pool: Any, caplog: pytest.LogCaptureFixture
) -> None:
    end_all_sessions()
    with caplog.at_level(logging.WARNING, "psycopg.pool"), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
    assert "discarding" in caplog.text


class Swallowing:
    """A pool whose connections get no answer for so long."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        self.now, self.checked = 0.0, 0
        self._seconds = seconds
        monkeypatch.setattr(base, "time", SimpleNamespace(monotonic=lambda: self.now))

    def check_connection(self, connection: object) -> None:
        self.now += self._seconds
        raise psycopg.OperationalError

    def check(self) -> None:
        self.checked += 1


@pytest.mark.parametrize(("seconds", "checked"), [(0.01, 1), (2.0, 0)])
def test_where_the_network_swallows_everything_one_connection_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, seconds: float, checked: int
) -> None:
    pool: Any = Swallowing(monkeypatch, seconds)
    with pytest.raises(psycopg.OperationalError):
        base._check(pool, cast("Any", None))
    assert pool.checked == checked
