"""A real outage of the database, while its server keeps running."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection
from psycopg import sql


@contextmanager
def database_away() -> Iterator[None]:
    """End all sessions of the test database, of every process, and refuse new ones."""
    parameters = connection.get_connection_params() | {"dbname": "postgres"}
    parameters = {name: parameters[name] for name in ("dbname", "user", "host")}
    name = connection.settings_dict["NAME"]
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with psycopg.connect(**parameters, autocommit=True) as outside:
        outside.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
        try:
            outside.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )
            yield
        finally:
            outside.execute(allow.format(sql.Identifier(name), sql.SQL("true")))
            connection.close()
            connection.close_pool()  # type: ignore[attr-defined] # PostgreSQL's has one
