"""Memory of a worker, time to start, and speed of an import."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg

from benchmarks import accounting
from benchmarks.environment import Environment
from benchmarks.machine import ROOT
from benchmarks.results import Cell, Table
from benchmarks.servers import Running, Server, Servers
from benchmarks.subjects import PLAIN, ours

MIB = 2**20


def run(servers: Servers, *, quick: bool) -> Table:
    rows: list[list[Cell]] = [
        [f"memory of a worker: {server.name}, MiB", _worker_mib(server, path, servers)]
        for server, path in ((PLAIN, "/django-redis/"), (ours(), "/api/feed/"))
    ]
    starts = [_start_seconds(servers) for _ in range(1 if quick else 3)]
    rows.append(["from start to first answer: ours, s", sorted(starts)[len(starts) // 2]])
    count = 2_000 if quick else 50_000
    rows.append(
        [f"import_posts of {count:,} posts, posts/s", _import_rate(servers.environment, count)]
    )
    return Table(
        name="footprint",
        title="Memory, start and import",
        says="Newly started servers, on PostgreSQL. Memory is the worker's "
        "proportional set size after a hundred requests.",
        columns=["", "figure"],
        rows=rows,
    )


def _worker_mib(server: Server, path: str, servers: Servers) -> float:
    """Return the memory of the largest child process; granian's other children only wait."""
    with _fresh(server, servers) as running:
        for _ in range(100):
            running.ask(path)
        workers = accounting.tree(running.roots) - set(running.roots)
        return max(accounting.pss_bytes(pid) for pid in workers) / MIB


def _start_seconds(servers: Servers) -> float:
    started = time.perf_counter()
    with _fresh(ours(), servers):
        return time.perf_counter() - started


@contextmanager
def _fresh(server: Server, servers: Servers) -> Iterator[Running]:
    """Start a new server, even if one of its kind runs already."""
    running = Running(server, servers.environment, servers.cores)
    try:
        yield running.wait()
    finally:
        running.close()


def _import_rate(environment: Environment, count: int) -> float:
    path = environment.directory / "import.jsonl"
    start = datetime(2020, 1, 1, tzinfo=UTC)
    with path.open("w") as file:
        for number in range(count):
            moment = (start + timedelta(seconds=number)).isoformat()
            line = {"id": number, "author": f"importer{number % 100}", "created_at": moment}
            file.write(json.dumps({**line, "text": f"Post {number} " * 20}) + "\n")
    with psycopg.connect(environment.database_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE imported")
    url = f"postgres://feed@/imported?host={environment.postgres}"
    env = environment.env({"DATABASE_URL": url, "LOG_LEVEL": "WARNING"})
    env.pop("REDIS_URL")
    manage = [sys.executable, str(ROOT / "manage.py")]
    subprocess.run([*manage, "migrate", "--verbosity", "0"], env=env, check=True)  # noqa: S603 -- ours
    started = time.perf_counter()
    subprocess.run([*manage, "import_posts", str(path)], env=env, check=True, capture_output=True)  # noqa: S603 -- ours
    return count / (time.perf_counter() - started)
