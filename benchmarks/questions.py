"""What PostgreSQL was asked, counted from its own log while somebody wants to know."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from benchmarks.environment import Environment
from tests.processes import wait_until

# But what the workers' listeners ask by the second, whoever reads: for the lock, and for a sign.
ANY = re.compile(
    r"LOG:  (?:statement|execute [^:]*):\s+"
    r"(?:SELECT\b(?! 1\s*$| pg_try_advisory_lock)|(?:INSERT|UPDATE|DELETE|WITH)\b)"
)
# The end of the query that loads a page, of ours as of FastAPI's.
PAGE_LOAD = re.compile(r'ORDER BY (?:"posts_post"|p)\."?created_at"? DESC')
SEPARATOR = "@@"  # begins each line of the log: a statement may be on several


class Questions:
    def __init__(self, environment: Environment) -> None:
        self._log = environment.postgres / "postgres.log"
        self._from = 0

    def forget(self) -> None:
        """Count only what comes after this."""
        self._from = self._log.stat().st_size

    def count(self) -> int:
        """Statements of any kind."""
        return sum(bool(ANY.search(entry)) for entry in self._entries())

    def page_loads(self) -> int:
        return sum(bool(ANY.search(entry) and PAGE_LOAD.search(entry)) for entry in self._entries())

    def _entries(self) -> list[str]:
        with self._log.open() as log:
            log.seek(self._from)
            return log.read().split(SEPARATOR)


@contextmanager
def asked(environment: Environment) -> Iterator[Questions]:
    """Statements are logged inside of it, by sessions old and new."""
    with psycopg.connect(environment.database_url, autocommit=True) as connection:

        def log(kind: str, prefix: str) -> None:
            connection.execute(f"ALTER SYSTEM SET log_line_prefix = '{prefix}'")
            connection.execute(f"ALTER SYSTEM SET log_statement = '{kind}'")
            connection.execute("SELECT pg_reload_conf()")
            shown = "SELECT current_setting('log_statement')"
            wait_until(lambda: connection.execute(shown).fetchone() == (kind,))

        log("all", SEPARATOR)
        try:
            questions = Questions(environment)
            questions.forget()
            yield questions
        finally:
            log("none", "")
