"""Number of queries, counted in PostgreSQL's log."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from benchmarks.environment import Environment
from tests.processes import wait_until

# Without the queries that each worker's listener sends every second: lock and connection check.
ANY = re.compile(
    r"LOG:  (?:statement|execute [^:]*):\s+"
    r"(?:SELECT\b(?! 1\s*$| pg_try_advisory_lock)|(?:INSERT|UPDATE|DELETE|WITH)\b)"
)
# The end of a query that loads a page: of models, of rows, and FastAPI's.
PAGE_LOAD = re.compile(r'ORDER BY (?:"posts_post"\."created_at"|\d+|p\.created_at) DESC')
SEPARATOR = "@@"  # prefix of each log entry: a statement may have several lines


class QueryLog:
    """Counts of the queries since `reset`."""

    def __init__(self, environment: Environment) -> None:
        self._log = environment.postgres / "postgres.log"
        self._from = 0

    def reset(self) -> None:
        """Count only later queries."""
        self._from = self._log.stat().st_size

    def count(self) -> int:
        """Return the number of queries."""
        return sum(bool(ANY.search(entry)) for entry in self._entries())

    def page_loads(self) -> int:
        """Return the number of queries that load a page."""
        return sum(bool(ANY.search(entry) and PAGE_LOAD.search(entry)) for entry in self._entries())

    def _entries(self) -> list[str]:
        with self._log.open() as log:
            log.seek(self._from)
            return log.read().split(SEPARATOR)


@contextmanager
def query_log(environment: Environment) -> Iterator[QueryLog]:
    """Log the statements of all sessions within the block."""
    with psycopg.connect(environment.database_url, autocommit=True) as connection:

        def log(kind: str, prefix: str) -> None:
            connection.execute(f"ALTER SYSTEM SET log_line_prefix = '{prefix}'")
            connection.execute(f"ALTER SYSTEM SET log_statement = '{kind}'")
            connection.execute("SELECT pg_reload_conf()")
            setting = "SELECT current_setting('log_statement')"
            wait_until(lambda: connection.execute(setting).fetchone() == (kind,))

        log("all", SEPARATOR)
        try:
            queries = QueryLog(environment)
            queries.reset()
            yield queries
        finally:
            log("none", "")
