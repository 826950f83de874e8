"""verify_feed against running deployments that are right, broken or absent."""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from feed.errors import CheckFailedError
from feed.verification import health_endpoints, temporary_author
from feed.verification.deployment import Deployment, RedisState
from posts.models import Post, User
from tests.factories import PostFactory, UserFactory
from tests.processes import free_port
from tests.servers import RedisServer
from tests.site import Site

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

ROOT = Path(__file__).parents[3]


class Table(dict[str, str]):
    """The printed table: maps the name of a check to PASS, or to FAIL or SKIP with a reason."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        for line in text.splitlines():
            result, _, rest = line.partition("  ")
            if result in {"PASS", "FAIL", "SKIP"}:
                name, _, reason = rest.partition("  (")
                self[name] = f"{result} {reason.rstrip(')')}".strip()
            elif not result and rest:
                self[name] += f" {rest.strip()}"

    def rows(self, result: str) -> list[str]:
        """Return the names of the rows with this result."""
        return [name for name, text in self.items() if text.startswith(result)]


def _verify(url: str) -> tuple[int, Table]:
    """Run the command in this process, with the environment of the run."""
    out = StringIO()
    try:
        call_command("verify_feed", url=url, stdout=out, no_color=True)
    except CommandError as error:
        return error.returncode, Table(f"{out.getvalue()}\n{error}")
    return 0, Table(out.getvalue())


def _is_clean() -> bool:
    return not User.objects.filter(username__startswith=temporary_author.PREFIX).exists()


@pytest.fixture(autouse=True)
def _two_workers(settings: Settings) -> None:
    settings.WEB_WORKERS = 2


@pytest.mark.timing
@pytest.mark.redis
def test_deployment_with_redis_keeps_every_promise(
    serve: Callable[..., Site], caplog: pytest.LogCaptureFixture
) -> None:
    PostFactory.create_batch(30)
    code, table = _verify(serve(WEB_WORKERS="2", REDIS_TIMEOUT="2").url)
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert not warnings, "the outage that the checks simulate must not be logged"
    assert table.rows("FAIL") == table.rows("SKIP") == [], table.text
    assert code == 0
    assert len(table) > 30
    assert _is_clean()
    assert Post.objects.count() == 30


@pytest.mark.redis
def test_site_that_gets_no_invalidation_fails(
    serve: Callable[..., Site], redis_server: RedisServer
) -> None:
    # Its Redis answers, but it is another one than this process has. Two things would make such a
    # site invalidate by itself now and then: its self-check, and an outage of Redis.
    module = "tests.unit.feed.settings_without_self_check"
    site = serve(REDIS_URL=redis_server.url, REDIS_TIMEOUT="2", DJANGO_SETTINGS_MODULE=module)
    code, table = _verify(site.url)
    assert code == 1
    assert "is it the site's" in table["a page's key: generation and TTL"].lower()
    assert "reads begun 0.1 s after it or later were still old" in table["save: in every read"]
    direct = {"save of a new post", "QuerySet.update", "bulk_update", "bulk_create"}
    assert {f"{name}: in every read" for name in direct} < set(table.rows("FAIL"))
    assert table["POST: in every read"] == "PASS"
    assert _is_clean()
    assert not Post.objects.exists()


@pytest.mark.redis
def test_site_without_the_redis_of_this_process_reports_the_wrong_backend(
    serve: Callable[..., Site],
) -> None:
    deployment = Deployment(url=serve(REDIS_URL="").url, redis=RedisState.ANSWERS)
    with pytest.raises(CheckFailedError, match=r"it says healthy, memory, .* same environment"):
        health_endpoints.cache_status(deployment)


@pytest.mark.redis
def test_site_with_redis_away_keeps_the_promises_for_an_outage(
    serve: Callable[..., Site], redis_server: RedisServer, settings: Settings
) -> None:
    default = settings.CACHES["default"]
    settings.CACHES = {"default": {**default, "LOCATION": redis_server.url}}
    site = serve(REDIS_URL=redis_server.url)
    redis_server.kill()
    code, table = _verify(site.url)
    assert code == 1
    assert table.rows("FAIL") == ["Redis answers here"], table.text
    assert table["/health/cache is right"] == "PASS"
    assert table["POST: in every read"] == "PASS"
    assert table["save: in every read"] == "SKIP Redis is configured and does not answer"
    assert _is_clean()


def _manage(*arguments: str, **env: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.timing
def test_deployment_on_sqlite_without_redis_keeps_its_promises(
    serve: Callable[..., Site], tmp_path: Path
) -> None:
    env = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/feed.sqlite3",
        "REDIS_URL": "",
        "WEB_WORKERS": "1",
    }
    migrate = _manage("migrate", "--verbosity=0", **env)
    migrate.communicate(timeout=60)
    assert migrate.returncode == 0
    site = serve(**env)
    command = _manage("verify_feed", PORT=str(site.port), **env)
    output, errors = command.communicate(timeout=90)
    table = Table(output)
    assert command.returncode == 0, output + errors
    assert table.rows("FAIL") == []
    need_redis = {"Redis answers here", "a page's key: generation and TTL", "save: in every read"}
    assert need_redis < set(table.rows("SKIP"))
    assert {table[name] for name in table.rows("SKIP")} == {"SKIP no Redis is configured"}
    assert site.get("/api/feed/").json()["posts"] == []


@pytest.mark.redis
def test_run_that_is_interrupted_twice_deletes_what_it_wrote(serve: Callable[..., Site]) -> None:
    site = serve()
    command = _manage("verify_feed", f"--url={site.url}", DATABASE_URL=site.env["DATABASE_URL"])
    assert command.stdout
    while "POST" not in (line := command.stdout.readline()):
        assert line
    assert Post.objects.count() == 1
    command.send_signal(signal.SIGTERM)
    command.send_signal(signal.SIGINT)
    _, errors = command.communicate(timeout=30)
    assert command.returncode == 130
    assert "Interrupted" in errors
    assert _is_clean()
    assert site.get("/api/feed/").json()["posts"] == []


def test_unreachable_site_is_reported() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    code, table = _verify(url)
    assert code == 2
    assert table.text.strip().startswith(f"Nothing answers at {url}: ")
    assert "Connection refused" in table.text
    assert _is_clean()


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://localhost", "http://localhost/feed/", ""])
def test_malformed_url_is_refused(url: str) -> None:
    code, table = _verify(url)
    assert code == 2
    assert "--url must look like" in table.text


def test_redirect_to_https_is_reported_with_a_hint(serve: Callable[..., Site]) -> None:
    code, table = _verify(serve(HTTPS="1").url)
    assert code == 1
    assert "with --url" in table["the feed answers"]
    assert list(table) == ["the feed answers"]


def test_host_that_is_not_allowed_is_reported_with_a_hint(serve: Callable[..., Site]) -> None:
    site = serve(ALLOWED_HOSTS="127.0.0.1")
    code, table = _verify(f"http://localhost:{site.port}")
    assert code == 1
    assert "ALLOWED_HOSTS" in table["the feed answers"]


@pytest.fixture
def another_program() -> Iterator[str]:
    """The address of a server that answers every GET with 200 and is no feed."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"posts": "here"}')

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name in the base class
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_other_server_is_reported_as_no_feed(another_program: str) -> None:
    code, table = _verify(another_program)
    assert code == 1
    assert "something else" in table["the feed answers"]


def test_only_accounts_of_killed_runs_are_deleted() -> None:
    def account(username: str, domain: str, *, minutes_old: int) -> User:
        joined = timezone.now() - timedelta(minutes=minutes_old)
        return UserFactory.create(
            username=username, email=f"{username}@{domain}", date_joined=joined
        )

    left = account("verify-feed-0123abcd", temporary_author.DOMAIN, minutes_old=11)
    PostFactory.create(author=left)
    running = account("verify-feed-4567abcd", temporary_author.DOMAIN, minutes_old=5)
    person = account("verify-feed-89abcdef", "example.org", minutes_old=11)
    namesake = account("verify-feed-fan", temporary_author.DOMAIN, minutes_old=11)
    temporary_author.delete_abandoned()
    assert {*User.objects.all()} == {running, person, namesake}
    assert not Post.objects.exists()
