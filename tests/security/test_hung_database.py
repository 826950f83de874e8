"""A hung database or a locked table: cached pages are served, and refused writes never happen."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path

import psycopg
import pytest
from knox.models import AuthToken

from feed.verification.http_client import Reply
from posts.models import Post
from tests.factories import PostFactory, UserFactory
from tests.security.locks import locked_posts
from tests.servers import start_postgres
from tests.site import Site

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

ANSWER_SECONDS = 5.0
# For most probes, because this process reads with eight threads meanwhile.
PROBE_SECONDS = 0.1
# The wait for a lane and one query: less than the proxy waits (deploy/nginx.conf).
WRITE_SECONDS = 25.0


class PrivateDatabase:
    """A migrated PostgreSQL for one test, which can be suspended."""

    def __init__(self) -> None:
        directory = start_postgres()
        self._pid_file = directory / "data/postmaster.pid"
        self.url = f"postgres://feed@/site?host={directory}"
        parameters = f"host={directory} user=feed dbname=postgres"
        with psycopg.connect(parameters, autocommit=True) as server:
            server.execute("CREATE DATABASE site")
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
        """Stop all its processes: sockets accept data, and no answer arrives."""
        stopped: list[int] = []
        try:
            # The second pass finds processes that were started during the first.
            for _ in range(2):
                for pid in self._processes():
                    with suppress(ProcessLookupError):  # it ended meanwhile
                        os.kill(pid, signal.SIGSTOP)
                        stopped.append(pid)
            yield
        finally:
            for pid in stopped:
                with suppress(ProcessLookupError):
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
    """Read three paths until `end` (monotonic); return path, status and seconds of each read."""
    seen = []
    while time.monotonic() < end:
        for path in ("/", "/api/feed/", "/health/live"):
            reply, seconds = timed(site, path)
            seen.append((path, reply.status, seconds))
    return seen


@pytest.fixture
def hanging_site(serve: Callable[..., Site]) -> tuple[Site, PrivateDatabase]:
    database = PrivateDatabase()
    return serve(DATABASE_URL=database.url, WEB_WORKERS="1", WEB_THREADS="4"), database


@pytest.mark.timing
def test_cached_pages_are_served_while_the_database_hangs(
    hanging_site: tuple[Site, PrivateDatabase], wait_until: Callable[..., None]
) -> None:
    site, database = hanging_site
    for path in ("/", "/api/feed/"):
        assert site.get(path).status == HTTPStatus.OK
    with ThreadPoolExecutor(9) as pool, database.hanging():
        end = time.monotonic() + 10
        reading = [pool.submit(read_until, site, end) for _ in range(8)]
        # A write elsewhere or the end of the TTL: the site must find the stored pages outdated.
        _invalidate()
        # A check that hangs counts as failed after its time limit; until then the last one counts.
        wait_until(lambda: site.get("/health/ready").status == HTTPStatus.SERVICE_UNAVAILABLE)
        probes = [timed(site, path)[1] for path in ("/health/live", "/health/ready") * 5]
        seen = [response for done in reading for response in done.result(60)]
    assert {status for _, status, _ in seen} == {HTTPStatus.OK}
    assert max(seconds for _, _, seconds in seen) < ANSWER_SECONDS
    assert sorted(probes)[5] < PROBE_SECONDS
    wait_until(lambda: site.get("/health/ready").status == HTTPStatus.OK)
    wait_until(lambda: site.get("/posts/new/").status < HTTPStatus.BAD_REQUEST)
    wait_until(lambda: "database down" not in (site.get("/").headers["Cache-Status"]))


def _invalidate() -> None:
    from feed.cache import feed_cache

    feed_cache().invalidate("test")


def test_cached_pages_are_served_while_a_table_is_locked_and_refused_writes_never_happen(
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
        seen = [response for done in reading for response in done.result(60)]
        written = [done.result(60) for done in writing]
    assert {status for _, status, _ in seen} == {HTTPStatus.OK}
    assert max(seconds for _, _, seconds in seen) < ANSWER_SECONDS
    assert {reply.status for reply in written} == {HTTPStatus.SERVICE_UNAVAILABLE}
    assert all(reply.headers["Retry-After"] for reply in written)
    # Any late write would come before this one, which waits for the same lock.
    wait_until(lambda: write(99).status == HTTPStatus.CREATED)
    late = Post.objects.filter(content__startswith="Late")
    assert [post.content for post in late] == ["Late 99"]
