"""Django's PostgreSQL backend, with a pool that gets over a restart of the server at once.

A pool meets its dead connections one by one as they are asked for, and waits a second after the
second: with three of them, a request gave up although the server had long been back.
"""

import time
from functools import partial
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection
from psycopg_pool import ConnectionPool

# A server that is there, or has closed the connection, answers sooner; a network that swallows
# everything does not, and then one connection of it is enough to wait for.
AT_ONCE_SECONDS = 0.1


class DatabaseWrapper(base.DatabaseWrapper):
    @property
    def pool(self) -> "ConnectionPool[Any] | None":
        pool: ConnectionPool[Any] | None = super().pool
        if pool is not None:
            pool._check = partial(_check, pool)  # noqa: SLF001 -- Django names one, and lets no setting
        return pool


def _check(pool: "ConnectionPool[Any]", connection: "Connection[Any]") -> None:
    """Raise if the connection is dead; then all that are dead leave the pool with it."""
    asked_at = time.monotonic()
    try:
        pool.check_connection(connection)
    except Exception:
        if time.monotonic() - asked_at < AT_ONCE_SECONDS:
            pool.check()
        raise
