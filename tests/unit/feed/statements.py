"""The statements that PostgreSQL has logged."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.db import connection
from psycopg import sql

from tests import servers

# A part of the query that loads a page, and of no other query.
PAGE_LOAD = '"posts_post"."id" DESC LIMIT'


class Statements:
    """The statements of the test database's sessions that began inside `logged`."""

    def __init__(self) -> None:
        self._log = Path(os.environ[servers.POSTGRES_DIRECTORY]) / "postgres.log"
        self._database = str(connection.settings_dict["NAME"])
        self._from = 0

    def forget(self) -> None:
        """Ignore all statements before this call."""
        self._from = self._log.stat().st_size

    def reads(self) -> list[str]:
        """Return every SELECT since `forget`."""
        with self._log.open() as log:
            log.seek(self._from)
            mine = f"{self._database}|LOG:  statement: SELECT"
            return [line for line in log if line.startswith(mine)]

    def page_loads(self) -> list[str]:
        return [line for line in self.reads() if PAGE_LOAD in line]


@contextmanager
def logged() -> Iterator[Statements]:
    """Log the sessions that begin in this block. Those of this process are older."""
    parameters = connection.get_connection_params()
    database = sql.Identifier(connection.settings_dict["NAME"])
    log = sql.SQL("ALTER DATABASE {} SET log_statement = {}")
    with psycopg.connect(
        dbname="postgres", user=parameters["user"], host=parameters["host"], autocommit=True
    ) as outside:
        outside.execute("ALTER SYSTEM SET log_line_prefix = '%d|'")
        outside.execute("SELECT pg_reload_conf()")
        outside.execute(log.format(database, sql.Literal("all")))
        try:
            yield Statements()
        finally:
            outside.execute(log.format(database, sql.Literal("none")))
