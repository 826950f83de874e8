"""The pool of connections: after a restart of the server it serves the first who asks. The limit
of time on each answer."""

import logging
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import psycopg
import pytest
from django.db import OperationalError, connection

from feedsite.postgresql import base, deadline

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


SLEEP = "SELECT pg_sleep(20)"


@pytest.fixture
def _web_server() -> Iterator[None]:
    """Limits as in a web server, for connections that are made from now on."""
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    deadline.set_for_process(5.0)
    yield
    deadline.set_for_process(None)
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]


def sleepers() -> int:
    """Sessions that run `SLEEP`, as another session sees them."""
    parameters = connection.get_connection_params() | {"application_name": "psql"}
    with psycopg.connect(**parameters, autocommit=True) as outside:
        found = outside.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE query = %s AND state = 'active'", [SLEEP]
        ).fetchone()
    assert found
    return int(found[0])


def test_a_query_without_an_answer_in_time_is_cancelled_and_its_connection_closed(
    wait_until: Callable[..., None],
) -> None:
    started = time.monotonic()
    with (
        pytest.raises(OperationalError, match=r"did not answer within 0\.3 s"),
        deadline.within(0.3),
        connection.cursor() as cursor,
    ):
        cursor.execute(SLEEP)
    assert time.monotonic() - started < 2
    wait_until(lambda: sleepers() == 0, 5)
    assert not connection.is_usable()
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def test_a_command_waits_as_long_as_it_needs() -> None:
    assert deadline.seconds() is None
    assert "options" not in connection.get_connection_params()


@pytest.mark.usefixtures("_web_server")
def test_the_server_of_a_web_server_gives_up_before_its_client() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("4500ms",)
    assert deadline.seconds() == 5.0
    with deadline.within(2.0):
        assert deadline.seconds() == 2.0
    assert deadline.seconds() == 5.0


@pytest.mark.usefixtures("_web_server")
def test_options_of_the_url_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "options", "-c search_path=x")
    options = connection.get_connection_params()["options"]
    assert options == "-c statement_timeout=4500 -c search_path=x"
