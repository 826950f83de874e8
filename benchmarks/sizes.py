"""Cost of a page in tables of different sizes, for the first and a deep page."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from benchmarks.environment import Environment
from benchmarks.results import Cell, Table
from benchmarks.servers import Servers

SIZES = (10_000, 100_000, 1_000_000)


def run(servers: Servers, *, quick: bool) -> Table:
    sizes, times = ((1_000, 5_000), 10) if quick else (SIZES, 200)
    rows: list[list[Cell]] = []
    notes: dict[str, str] = {}
    for engine in ("PostgreSQL", "SQLite"):
        for posts in sizes:
            with _database(servers.environment, engine, posts) as url:
                found = _measure(servers.environment, url, posts, times)
            newest, deep = found["newest"], found["deep"]
            rows.append(
                [
                    engine,
                    posts,
                    newest["ms"],
                    found["deep_page"],
                    deep["ms"],
                    deep["ms"] / newest["ms"],
                    newest["queries"],
                    newest["cpu_ms"],
                    deep["cpu_ms"],
                ]
            )
            notes[f"{engine}, {posts:,} posts, page 1"] = newest["plan"]
            notes[f"{engine}, {posts:,} posts, page {found['deep_page']:,}"] = deep["plan"]
    return Table(
        name="sizes",
        title="What a fill costs as the table grows",
        says=(
            f"The query of a page and its JSON, medians of {times} loads, without Redis."
            " The deep page is number 50,000, or the last page."
        ),
        columns=[
            "",
            "posts",
            "page 1, ms",
            "deep page",
            "ms",
            "deep / first",
            "queries",
            "CPU ms",
            "deep",
        ],
        rows=rows,
        notes=notes,
    )


def _measure(environment: Environment, url: str, posts: int, times: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.fill", str(posts), str(times)]
    env = environment.env({"DATABASE_URL": url, "LOG_LEVEL": "WARNING"})
    env.pop("REDIS_URL")
    result: dict[str, Any] = json.loads(subprocess.check_output(command, env=env))  # noqa: S603 -- our own
    return result


@contextmanager
def _database(environment: Environment, engine: str, posts: int) -> Iterator[str]:
    """Create an empty database; delete it after the block."""
    if engine == "SQLite":
        path = environment.directory / f"fill-{posts}.sqlite3"
        yield f"sqlite:///{path}"
        path.unlink()
        return
    name = f"fill_{posts}"
    with psycopg.connect(environment.database_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield f"postgres://feed@/{name}?host={environment.postgres}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
