"""Raw SQL writes: the cost of the triggers, and the time until readers see a change."""

import http.client
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from benchmarks import accounting
from benchmarks.environment import Environment
from benchmarks.results import Cell, Table
from benchmarks.servers import Running, Servers
from benchmarks.subjects import ours

Session = psycopg.Connection[Any]
MARK = "raw benchmark post"
INSERT = (
    "INSERT INTO posts_post (author_id, content, image_url, created_at, updated_at)"
    " SELECT min(id), %s, '', now(), now() FROM posts_user"
)
UPDATE = (
    "UPDATE posts_post SET content = %s WHERE id ="
    " (SELECT id FROM posts_post ORDER BY created_at DESC, id DESC LIMIT 1)"
)
# Application names of sessions: the triggers skip those of the site.
SITE, OTHER = "feedsite", "psql"
ROUNDS = 5
# Longer than a notification and the pause after it, so that updates are not combined.
PAUSE_SECONDS = 0.15


def run(servers: Servers, *, quick: bool) -> Table:
    count, updates = (50, 3) if quick else (5_000, 100)
    rows: list[list[Cell]] = _costs(servers.environment, count)
    running = servers.start(ours()).wait()
    after_ms = sorted(_seen_after_ms(servers.environment, running, updates))
    p99 = after_ms[min(len(after_ms) - 1, len(after_ms) * 99 // 100)]
    for name, value in (
        ("p50", statistics.median(after_ms)),
        ("p99", p99),
        ("max", after_ms[-1]),
    ):
        rows.append([f"UPDATE by another program, seen after ms: {name}", value, None, None])
    return Table(
        name="raw SQL",
        title="Raw SQL: what the triggers cost, and how soon it shows",
        says=(
            f"INSERTs of one row each, committed one by one; medians of {ROUNDS} rounds of {count},"
            " the kinds in turn. CPU is PostgreSQL's. The feed is polled after each of"
            f" {updates} UPDATEs until it shows the change, counted from the commit."
        ),
        columns=["", "µs, or ms", "CPU µs", "of no triggers"],
        rows=rows,
    )


def _costs(environment: Environment, count: int) -> list[list[Cell]]:
    kinds = [("no triggers", SITE, False), ("this program's session", SITE, True)]
    kinds.append(("another program's session", OTHER, True))
    found: dict[str, list[tuple[float, float]]] = {name: [] for name, *_ in kinds}
    for _ in range(ROUNDS):
        for name, application, triggers in kinds:
            with _session(environment, application) as session:
                _enable(session, triggers=triggers)
                found[name].append(_insert(environment, session, count))
                _enable(session, triggers=True)
    medians = {
        name: [statistics.median(values) for values in zip(*rounds, strict=True)]
        for name, rounds in found.items()
    }
    base = medians["no triggers"][0]
    return [[f"INSERT, {name}", us, cpu_us, us / base] for name, (us, cpu_us) in medians.items()]


@contextmanager
def _session(environment: Environment, application: str) -> Iterator[Session]:
    with psycopg.connect(
        environment.database_url, autocommit=True, application_name=application
    ) as session:
        try:
            yield session
        finally:
            # Without an announcement: the demo's posts are the same as before.
            session.execute("DELETE FROM posts_post WHERE content LIKE %s", [f"{MARK}%"])


def _enable(session: Session, *, triggers: bool) -> None:
    session.execute(f"ALTER TABLE posts_post {'ENABLE' if triggers else 'DISABLE'} TRIGGER USER")


def _insert(environment: Environment, session: Session, count: int) -> tuple[float, float]:
    """Return microseconds, and microseconds of PostgreSQL's CPU time, per row."""
    cpu = accounting.cpu_seconds(environment.roots[1:])
    started = time.perf_counter()
    for _ in range(count):
        session.execute(INSERT, [MARK])
    took = time.perf_counter() - started
    cpu = accounting.cpu_seconds(environment.roots[1:]) - cpu
    return 1e6 * took / count, 1e6 * cpu / count


def _seen_after_ms(environment: Environment, running: Running, updates: int) -> Iterator[float]:
    with _session(environment, OTHER) as session:
        session.execute(INSERT, [MARK])
        reader = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
        for number in range(updates):
            content = f"{MARK} {number:06}"
            session.execute(UPDATE, [content])
            committed = time.perf_counter()
            while content not in _feed(reader):
                pass
            yield 1e3 * (time.perf_counter() - committed)
            time.sleep(PAUSE_SECONDS)
        reader.close()


def _feed(reader: http.client.HTTPConnection) -> str:
    reader.request("GET", "/api/feed/")
    return reader.getresponse().read().decode()
