"""Django's PostgreSQL backend, with a pool that gets over a restart of the server at once, and with
a limit of time on each answer.

A pool meets its dead connections one by one as they are asked for, and waits a second after the
second: with three of them, a request gave up although the server had long been back.

A server that hangs closes nothing, and no setting of a socket notices: on a Unix socket there is
none, and one that holds a lock is well as far as the network can tell.
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

# A server that is there, or has closed the connection, answers sooner; a network that swallows
# everything does not, and then one connection of it is enough to wait for.
AT_ONCE_SECONDS = 0.1
# How long a connection may take to prove that it works: as long as the pool looks for one.
CHECK_SECONDS = 2.0
# Asking the server to give a query up is a connection of its own, to a server that may hang.
CANCEL_SECONDS = 0.2
# The server gives up a little before its client does: then the connection can be used again.
SERVER_EARLY_SECONDS = 0.5


class AnswerTimeoutError(OperationalError):
    """The database did not answer in time. Whether it did what was asked is not known."""


class LimitedConnection(Connection[Any]):
    """A connection that waits for each answer as long as `deadline` says."""

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """As psycopg's.

        Raises:
            AnswerTimeoutError: no answer in time. The connection is closed then.
        """
        limit = deadline.seconds() if timeout is None else None
        if limit is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, limit)
        except psycopg.errors._WaitTimeout as error:  # noqa: SLF001 -- the only one it raises
            self._try_cancel(timeout=CANCEL_SECONDS)
            self.pgconn.finish()
            raise AnswerTimeoutError(f"The database did not answer within {limit} s.") from error


class DatabaseWrapper(base.DatabaseWrapper):
    @property
    def pool(self) -> "ConnectionPool[Any] | None":
        pool: ConnectionPool[Any] | None = super().pool
        if pool is not None:
            pool._check = partial(_check, pool)  # noqa: SLF001 -- Django names one, and lets no setting
            pool.connection_class = LimitedConnection
        return pool

    def get_connection_params(self) -> dict[str, Any]:
        """As Django's. The server gives up in time, too, on what a web server asks of it."""
        params: dict[str, Any] = super().get_connection_params()
        if (limit := deadline.of_process()) is not None:
            milliseconds = max(1, int((limit - SERVER_EARLY_SECONDS) * 1000))
            options = params.get("options", "")
            params["options"] = f"-c statement_timeout={milliseconds} {options}".strip()
        return params


def _check(pool: "ConnectionPool[Any]", connection: "Connection[Any]") -> None:
    """Raise if the connection is dead; then all that are dead leave the pool with it."""
    asked_at = time.monotonic()
    try:
        with deadline.within(CHECK_SECONDS):
            pool.check_connection(connection)
    except Exception:
        if time.monotonic() - asked_at < AT_ONCE_SECONDS:
            pool.check()
        raise
