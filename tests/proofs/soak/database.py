"""A private PostgreSQL that can be stopped and started."""

import atexit
import os
import signal
from pathlib import Path

import psycopg

from tests.processes import end_process, start_process, wait_until
from tests.servers import start_postgres

NAME = "soak"


class Database:
    """A PostgreSQL server. `loads()` is PostgreSQL's own count of page loads."""

    def __init__(self) -> None:
        self.directory = start_postgres()
        self.url = f"postgres://feed@/{NAME}?host={self.directory}"
        self._command = Path(f"/proc/{self._pid()}/cmdline").read_text().split("\0")[:-1]
        with self._connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {NAME}")

    def stop(self) -> None:
        """Stop the server without waiting for clients; return when it has stopped.

        SIGINT is PostgreSQL's fast shutdown: open transactions are rolled back.
        """
        os.kill(self._pid(), signal.SIGINT)
        wait_until(lambda: not (self.directory / "data/postmaster.pid").exists(), 20)

    def start(self) -> None:
        """Start the server; return when it answers."""
        process = start_process(
            self._command,
            log=self.directory / "postgres.log",
            cwd=self.directory,
            user="nobody" if os.geteuid() == 0 else None,
        )
        atexit.register(end_process, process, signal.SIGINT)
        wait_until(lambda: process.poll() is not None or self.answers(), 30)
        assert self.answers(), (self.directory / "postgres.log").read_text()[-2_000:]

    def close(self) -> None:
        """Stop the server if it runs."""
        if (self.directory / "data/postmaster.pid").exists():
            self.stop()

    def answers(self) -> bool:
        try:
            return self.ask("SELECT 1") == [(1,)]
        except psycopg.OperationalError:
            return False

    def ask(self, question: str) -> list[tuple[object, ...]]:
        with self._connect(NAME) as connection:
            return connection.execute(question.encode()).fetchall()

    def loads(self) -> int:
        """Return the number of scans of the index that only page loads use."""
        name = "post_newest_first"
        ((count,),) = self.ask(
            f"SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = '{name}'"
        )
        return int(str(count))

    def _pid(self) -> int:
        return int((self.directory / "data/postmaster.pid").read_text().split()[0])

    def _connect(self, name: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            dbname=name, user="feed", host=str(self.directory), autocommit=True, connect_timeout=2
        )
