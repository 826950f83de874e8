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
from tests.processes import free_port
from tests.security.locks import locked_posts
from tests.servers import start_postgres
from tests.site import Site

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

ANSWER_SECONDS = 5.0
# For most probes, because this process reads with eight threads meanwhile.
PROBE_SECONDS = 0.1
# The wait for a lane and one query: less than the proxy waits (deploy/nginx.conf).
WRITE_SECONDS = 25.0


WRITER = "ada-who-writes"
PREPARE = f"""
from django.core.management import call_command
from posts import tokens
from posts.models import User
call_command("migrate", verbosity=0)
call_command("seed_demo", posts=30)
print(tokens.issue(User.objects.create_user({WRITER!r})).secret)
"""


class PrivateDatabase:
    """A migrated PostgreSQL for one test, which can be suspended.

    `urls`: by its Unix socket, and over TCP. `token`: of a user without posts.
    """

    def __init__(self) -> None:
        port = free_port()
        directory = start_postgres(port)
        self._pid_file = directory / "data/postmaster.pid"
        self._parameters = f"host={directory} port={port} user=feed"
        self.urls = {
            "socket": f"postgres://feed@/site?host={directory}&port={port}",
            "TCP": f"postgres://feed@127.0.0.1:{port}/site",
        }
        with psycopg.connect(f"{self._parameters} dbname=postgres", autocommit=True) as server:
            server.execute("CREATE DATABASE site")
        environment = {**os.environ, "DATABASE_URL": self.urls["socket"]}
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "-c", PREPARE],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        self.token = done.stdout.split()[-1]

    def contents(self) -> list[str]:
        """Return the texts of the posts of the token's user."""
        with psycopg.connect(f"{self._parameters} dbname=site") as session:
            rows = session.execute(
                "SELECT content FROM posts_post JOIN posts_user ON posts_user.id = author_id"
                " WHERE username = %s",
                [WRITER],
            ).fetchall()
        return [content for (content,) in rows]

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


@pytest.mark.timing
def test_cached_pages_are_served_while_the_database_hangs(
    serve: Callable[..., Site], wait_until: Callable[..., None]
) -> None:
    database = PrivateDatabase()
    sites = [
        serve(DATABASE_URL=url, WEB_WORKERS="1", WEB_THREADS="4", WRITE_SECONDS="3")
        for url in database.urls.values()
    ]
    for site in sites:
        for path in ("/", "/api/feed/"):
            assert site.get(path).status == HTTPStatus.OK
        assert write(site, database.token, f"Before {site.port}").status == HTTPStatus.CREATED
    with ThreadPoolExecutor(18) as pool, database.hanging():
        end = time.monotonic() + 6
        reading = [pool.submit(read_until, site, end) for site in sites for _ in range(4)]
        writing = [
            pool.submit(write, site, database.token, f"Late {number}")
            for site in sites
            for number in range(4)
        ]
        # A write elsewhere or the end of the TTL: the site must find the stored pages outdated.
        _invalidate()
        # A check that hangs counts as failed after its time limit; until then the last one counts.
        for site in sites:
            wait_until(lambda: site.get("/health/ready").status == HTTPStatus.SERVICE_UNAVAILABLE)  # noqa: B023 -- called here
        probes = [
            timed(site, path)[1] for site in sites for path in ("/health/live", "/health/ready") * 5
        ]
        seen = [response for done in reading for response in done.result(60)]
        written = [done.result(60) for done in writing]
    assert {status for _, status, _ in seen} == {HTTPStatus.OK}
    assert max(seconds for _, _, seconds in seen) < ANSWER_SECONDS
    assert sorted(probes)[len(probes) // 2] < PROBE_SECONDS
    assert {reply.status for reply in written} == {HTTPStatus.SERVICE_UNAVAILABLE}
    for site in sites:
        wait_until(lambda: site.get("/health/ready").status == HTTPStatus.OK)  # noqa: B023 -- called here
        wait_until(lambda: site.get("/posts/new/").status < HTTPStatus.BAD_REQUEST)  # noqa: B023
        wait_until(lambda: "database down" not in site.get("/").headers["Cache-Status"])  # noqa: B023
        wait_until(lambda: write(site, database.token, "After").status == HTTPStatus.CREATED)  # noqa: B023
    assert not [content for content in database.contents() if content.startswith("Late")]


def write(site: Site, token: str, content: str) -> Reply:
    headers = {"Authorization": f"Bearer {token}"}
    return site.request(
        "POST", "/api/posts/", body={"content": content}, headers=headers, timeout=WRITE_SECONDS
    )


def _invalidate() -> None:
    from feed.cache import feed_cache

    feed_cache().invalidate("test")


def test_cached_pages_are_served_while_a_table_is_locked_and_refused_writes_never_happen(
    serve: Callable[..., Site], wait_until: Callable[..., None]
) -> None:
    author = UserFactory.create()
    PostFactory.create(author=author)
    token = AuthToken.objects.create(author)[1]
    site = serve(WEB_WORKERS="1", WEB_THREADS="4")
    for path in ("/", "/api/feed/"):
        assert site.get(path).status == HTTPStatus.OK

    with ThreadPoolExecutor(24) as pool, locked_posts():
        writing = [pool.submit(write, site, token, f"Late {number}") for number in range(16)]
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
    wait_until(lambda: write(site, token, "Late 99").status == HTTPStatus.CREATED)
    late = Post.objects.filter(content__startswith="Late")
    assert [post.content for post in late] == ["Late 99"]
