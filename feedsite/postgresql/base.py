"""Django's PostgreSQL backend, with fast recovery from a server restart and time-limited queries.

psycopg's pool finds its dead connections one by one, and waits a second after the second of them:
with three dead connections a request failed although the server was long back.

A hung server closes no connection, and no socket option detects it: Unix sockets have none, and a
server that waits for a lock looks healthy to the network.
"""

import time
from functools import partial
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError
from psycopg.abc import RV, PQGen
from psycopg_pool import ConnectionPool

from feedsite.postgresql import deadline

# A closed connection fails faster than this. A slower failure is a network that drops packets, and
# then the other connections are not checked: each would wait as long.
FAST_FAILURE_SECONDS = 0.1
# Limit for the check of a connection: as long as the pool waits for one.
CHECK_SECONDS = 2.0
# Limit for cancelling a query, which needs another connection to a server that may hang.
CANCEL_SECONDS = 0.2
# The server cancels a query this long before its client does, which keeps the connection usable.
SERVER_MARGIN_SECONDS = 0.5


class AnswerTimeoutError(OperationalError):
    """The database did not answer in time. Whether it executed the query is unknown."""


class LimitedConnection(Connection[Any]):
    """A connection that waits for each answer at most `deadline.seconds()`."""

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait as psycopg does, within the limit.

        Raises:
            AnswerTimeoutError: no answer in time. The connection is closed.
        """
        limit = deadline.seconds() if timeout is None else None
        if limit is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, limit)
        except psycopg.errors._WaitTimeout as error:  # noqa: SLF001 -- psycopg has no public name
            self._try_cancel(timeout=CANCEL_SECONDS)
            self.pgconn.finish()
            raise AnswerTimeoutError(f"The database did not answer within {limit} s.") from error


class DatabaseWrapper(base.DatabaseWrapper):
    @property
    def pool(self) -> "ConnectionPool[Any] | None":
        pool: ConnectionPool[Any] | None = super().pool
        if pool is not None:
            pool._check = partial(_check, pool)  # noqa: SLF001 -- Django sets it, without an option
            pool.connection_class = LimitedConnection
        return pool

    def get_connection_params(self) -> dict[str, Any]:
        """Return Django's parameters; in a web server, with a `statement_timeout`."""
        params: dict[str, Any] = super().get_connection_params()
        if (limit := deadline.process_seconds()) is not None:
            milliseconds = max(1, int((limit - SERVER_MARGIN_SECONDS) * 1000))
            options = params.get("options", "")
            params["options"] = f"-c statement_timeout={milliseconds} {options}".strip()
        return params


def _check(pool: "ConnectionPool[Any]", connection: "Connection[Any]") -> None:
    """Raise psycopg's error if the connection is dead. Then the pool drops all dead connections."""
    started_at = time.monotonic()
    try:
        with deadline.within(CHECK_SECONDS):
            pool.check_connection(connection)
    except Exception:
        if time.monotonic() - started_at < FAST_FAILURE_SECONDS:
            pool.check()
        raise
