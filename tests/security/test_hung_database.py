"""A database that hangs, or a lock that is held: readers go on, no write comes late."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from knox.models import AuthToken

from posts.models import Post
from tests.factories import PostFactory, UserFactory
from tests.servers import start_postgres
from tests.site import Reply, Site

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

ANSWER_SECONDS = 5.0
# A place in the lane, and one query: less than the proxy waits (deploy/nginx.conf).
WRITE_SECONDS = 25.0


class OwnDatabase:
    """A PostgreSQL of this test's own, migrated, that can hang and go on."""

    def __init__(self) -> None:
        directory = start_postgres()
        self._pid_file = directory / "data/postmaster.pid"
        self.url = f"postgres://feed@/site?host={directory}"
        with psycopg.connect(f"host={directory} user=feed dbname=postgres", autocommit=True) as one:
            one.execute("CREATE DATABASE site")
        environment = {**os.environ, "DATABASE_URL": self.url}
        for command in (["migrate"], ["seed_demo", "--posts", "30"]):
            subprocess.run(
                [sys.executable, "manage.py", *command],
                env=environment,
                check=True,
                capture_output=True,
            )

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """All its processes are stopped: sockets take what is sent, and no answer ever comes."""
        stopped: list[int] = []
        try:
            # Those that were just being made are found the second time.
            for _ in range(2):
                for pid in self._processes():
                    os.kill(pid, signal.SIGSTOP)
                    stopped.append(pid)
            yield
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)

    def _processes(self) -> list[int]:
        main = int(self._pid_file.read_text().split()[0])
        children = Path(f"/proc/{main}/task/{main}/children").read_text()
        return [main, *map(int, children.split())]


def timed(site: Site, path: str) -> tuple[Reply, float]:
    started = time.monotonic()
    reply = site.get(path)
    return reply, time.monotonic() - started


def read_until(site: Site, end: float) -> list[tuple[str, int, float]]:
    seen = []
    while time.monotonic() < end:
        for path in ("/", "/api/feed/", "/health/live"):
            reply, seconds = timed(site, path)
            seen.append((path, reply.status, seconds))
    return seen


@pytest.fixture
def hanging_site(serve: Callable[..., Site]) -> tuple[Site, OwnDatabase]:
    database = OwnDatabase()
    return serve(DATABASE_URL=database.url, WEB_WORKERS="1", WEB_THREADS="4"), database


def test_a_database_that_hangs_stops_no_reader_of_a_page_that_was_read(
    hanging_site: tuple[Site, OwnDatabase], wait_until: Callable[..., None]
) -> None:
    site, database = hanging_site
    for path in ("/", "/api/feed/"):
        assert site.get(path).status == HTTPStatus.OK
    with ThreadPoolExecutor(9) as pool, database.hanging():
        end = time.monotonic() + 10
        reading = [pool.submit(read_until, site, end) for _ in range(8)]
        # It is not known yet that the pages are old: a write elsewhere, or the end of their TTL.
        _invalidate()
        ready, ready_seconds = timed(site, "/health/ready")
        seen = [one for done in reading for one in done.result(60)]
    assert ready.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert ready_seconds < ANSWER_SECONDS
    assert {status for _, status, _ in seen} == {HTTPStatus.OK}
    assert max(seconds for _, _, seconds in seen) < ANSWER_SECONDS
    wait_until(lambda: site.get("/health/ready").status == HTTPStatus.OK)
    wait_until(lambda: site.get("/posts/new/").status < HTTPStatus.BAD_REQUEST)
    wait_until(lambda: "database down" not in (site.get("/").headers["Cache-Status"]))


def _invalidate() -> None:
    from feed.cache import feed_cache

    feed_cache().invalidate("test")


@contextmanager
def locked_posts() -> Iterator[None]:
    """What a migration does while it waits, or works."""
    parameters = connection.get_connection_params() | {"application_name": "psql"}
    with psycopg.connect(**parameters) as outside:
        outside.execute("LOCK TABLE posts_post IN ACCESS EXCLUSIVE MODE")
        yield
        outside.rollback()


def test_a_locked_table_stops_no_reader_and_no_write_comes_late(
    serve: Callable[..., Site], wait_until: Callable[..., None]
) -> None:
    author = UserFactory.create()
    PostFactory.create(author=author)
    headers = {"Authorization": f"Bearer {AuthToken.objects.create(author)[1]}"}
    site = serve(WEB_WORKERS="1", WEB_THREADS="4")
    for path in ("/", "/api/feed/"):
        assert site.get(path).status == HTTPStatus.OK

    def write(number: int) -> Reply:
        body = {"content": f"Late {number}"}
        return site.request(
            "POST", "/api/posts/", body=body, headers=headers, timeout=WRITE_SECONDS
        )

    with ThreadPoolExecutor(24) as pool, locked_posts():
        writing = [pool.submit(write, number) for number in range(16)]
        end = time.monotonic() + 5
        reading = [pool.submit(read_until, site, end) for _ in range(8)]
        _invalidate()
        seen = [one for done in reading for one in done.result(60)]
        written = [done.result(60) for done in writing]
    assert {status for _, status, _ in seen} == {HTTPStatus.OK}
    assert max(seconds for _, _, seconds in seen) < ANSWER_SECONDS
    assert {reply.status for reply in written} == {HTTPStatus.SERVICE_UNAVAILABLE}
    assert all(reply.headers["Retry-After"] for reply in written)
    # Whatever would still come, comes before this one, which waits for the same lock.
    wait_until(lambda: write(99).status == HTTPStatus.CREATED)
    late = Post.objects.filter(content__startswith="Late")
    assert [post.content for post in late] == ["Late 99"]
