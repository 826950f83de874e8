"""The connection pool after a restart of the server, and the time limit of queries."""

import logging
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import psycopg
import pytest
from django.db import OperationalError, connection

from feedsite.postgresql import base, deadline
from tests.processes import wait_until

IDLE = 5

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


@pytest.fixture
def pool() -> Iterator[Any]:
    """The pool of this process, with idle connections."""
    connection.close()
    pool = connection.pool  # type: ignore[attr-defined] # PostgreSQL's has one
    pool.open()
    connections = [pool.getconn(timeout=10) for _ in range(IDLE)]
    for idle in connections:
        pool.putconn(idle)
    assert pool.get_stats()["pool_available"] >= IDLE
    yield pool
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]


def end_all_sessions() -> None:
    """End all sessions of the database, as a restart of the server does."""
    parameters = connection.get_connection_params() | {"application_name": "psql"}
    with psycopg.connect(**parameters, autocommit=True) as outside:
        outside.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        others = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        wait_until(lambda: outside.execute(others).fetchone() == (0,), 10)


def test_pool_replaces_dead_connections_at_the_next_request(
    pool: Any, caplog: pytest.LogCaptureFixture
) -> None:
    end_all_sessions()
    with caplog.at_level(logging.WARNING, "psycopg.pool"), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
    assert "discarding" in caplog.text


def round_trips(pool: Any, monkeypatch: pytest.MonkeyPatch) -> int:
    """Take a connection from the pool and return it; return how often the pool asked it."""
    asked: list[object] = []
    monkeypatch.setattr(pool, "check_connection", asked.append)
    pool.putconn(pool.getconn(timeout=10))
    return len(asked)


@pytest.fixture
def answered(pool: Any) -> Iterator[Any]:
    """The only connection of the pool that is not taken; it has just answered."""
    taken = [pool.getconn(timeout=10) for _ in range(pool.get_stats()["pool_available"])]
    last = taken.pop()
    last.execute("SELECT 1")
    pool.putconn(last)
    yield last
    for each in taken:
        pool.putconn(each)


def test_connection_that_has_just_answered_is_not_asked_again(
    pool: Any, answered: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered.answered_at = time.monotonic() + 60
    assert round_trips(pool, monkeypatch) == 0
    answered.answered_at = time.monotonic() - base.TRUSTED_SECONDS
    assert round_trips(pool, monkeypatch) == 1


def test_connection_at_which_something_has_arrived_is_asked(
    pool: Any, answered: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    end_all_sessions()
    answered.answered_at = time.monotonic() + 60
    assert round_trips(pool, monkeypatch) == 1


def test_answer_is_noted(answered: Any) -> None:
    before = time.monotonic()
    answered.execute("SELECT 1")
    assert before <= answered.answered_at <= time.monotonic()


class UnansweredPool:
    """A pool whose connections fail after `seconds` without an answer."""

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
def test_pool_checks_one_connection_if_the_network_drops_packets(
    monkeypatch: pytest.MonkeyPatch, seconds: float, checked: int
) -> None:
    pool: Any = UnansweredPool(monkeypatch, seconds)
    with pytest.raises(psycopg.OperationalError):
        base._check(pool, cast("Any", None))
    assert pool.checked == checked


SLEEP = "SELECT pg_sleep(20)"


@pytest.fixture
def _web_server() -> Iterator[None]:
    """Limits as in a web server, for new connections."""
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    deadline.set_for_process(5.0)
    yield
    deadline.set_for_process(None)
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]


def sleepers() -> int:
    """Count the sessions that run `SLEEP`, from another session."""
    parameters = connection.get_connection_params() | {"application_name": "psql"}
    with psycopg.connect(**parameters, autocommit=True) as outside:
        found = outside.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE query = %s AND state = 'active'", [SLEEP]
        ).fetchone()
    assert found
    return int(found[0])


def test_query_over_the_limit_is_cancelled(wait_until: Callable[..., None]) -> None:
    started = time.monotonic()
    with (
        pytest.raises(OperationalError, match=r"did not answer within 0\.3 s"),
        deadline.within(0.3),
        connection.cursor() as cursor,
    ):
        cursor.execute(SLEEP)
    assert time.monotonic() - started < 2
    wait_until(lambda: sleepers() == 0, 5)
    assert connection.is_usable()


@pytest.mark.django_db(transaction=True)
def test_connection_is_not_asked_after_the_deadline_whether_it_is_usable() -> None:
    """Django asks at the end of a request whose query has failed; an error there would be a 500."""
    connection.ensure_connection()
    with deadline.within(-1):
        assert not connection.is_usable()
    assert connection.is_usable()


def test_commands_have_no_query_limit() -> None:
    assert deadline.seconds() is None
    assert not deadline.has_passed()
    assert "options" not in connection.get_connection_params()


@pytest.mark.usefixtures("_web_server")
def test_server_has_the_limits_of_the_web_server_too() -> None:
    with connection.cursor() as cursor:
        for name in base.SERVER_LIMITS:
            cursor.execute(f"SHOW {name}")
            assert cursor.fetchone() == ("5s",)
    assert deadline.seconds() == 5.0


@pytest.mark.usefixtures("_web_server")
def test_connection_options_of_the_url_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "options", "-c search_path=x")
    options = connection.get_connection_params()["options"]
    assert options.startswith("-c statement_timeout=5000 ")
    assert options.endswith(" -c search_path=x")
