"""Start of manage.py and the server, and the errors for wrong settings."""

import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from feedsite.server import IDLE_SECONDS
from tests.servers import SETTINGS_NAMES
from tests.site import Site, measured

ROOT = Path(__file__).parents[3]
MANAGE = ("manage.py", "check")
SERVER = ("-m", "feedsite.server")
KEY = secrets.token_urlsafe(50)


def run(*command: str, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run Python with `env` and no other variable of the settings."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in SETTINGS_NAMES.split() and not name.startswith("DJANGO_")
    }
    return subprocess.run(
        [sys.executable, *command],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        env={**inherited, "DJANGO_SETTINGS_MODULE": "feedsite.settings", **env},
    )


@pytest.mark.parametrize("command", [MANAGE, SERVER], ids=["manage.py", "server"])
@pytest.mark.parametrize(
    ("env", "error"),
    [
        ({}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": KEY, "REDIS_URL": "redis://:hunter2@"}, "REDIS_URL must look like"),
        ({"SECRET_KEY": KEY, "WEB_WORKERS": "0"}, "WEB_WORKERS must be a whole number"),
    ],
)
def test_wrong_setting_stops_the_start_with_one_line(
    command: tuple[str, ...], env: dict[str, str], error: str
) -> None:
    ended = run(*command, **env)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"Wrong setting: {error}")
    assert ended.stderr.count("\n") == 1
    assert "hunter2" not in ended.stderr
    assert ended.stdout == ""


def test_failed_system_check_stops_the_server() -> None:
    wrong = "from django.conf import settings; settings.FEED['GRACE_SECONDS'] = -1"
    ended = run(
        "-c", f"{wrong}; from feedsite.server import main; main()", SECRET_KEY=KEY, PORT="1"
    )
    assert ended.returncode == 1
    assert "(feed.E003) FEED: GRACE_SECONDS must be a number" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_public_site_passes_the_deployment_checks() -> None:
    checked = run(
        *(*MANAGE, "--deploy", "--fail-level", "WARNING"),
        SECRET_KEY=secrets.token_urlsafe(50),
        ALLOWED_HOSTS="feed.example.org",
    )
    assert checked.returncode == 0, checked.stderr


def test_no_migration_is_missing() -> None:
    made = run("manage.py", "makemigrations", "--check", "--dry-run", SECRET_KEY=KEY)
    assert made.returncode == 0, made.stdout


@pytest.mark.django_db(transaction=True)
def test_server_starts_all_workers_and_stops_on_signal(
    serve: Callable[..., Site],
) -> None:
    site = serve(WEB_WORKERS="2", **measured())
    assert site.get("/health/live").status == 200
    assert site.get("/").status == 200
    assert site.stop() == 0
    assert "Stopped worker-2" in site.log()


@pytest.mark.django_db(transaction=True)
def test_health_probe_works_without_the_host_name(
    serve: Callable[..., Site], wait_until: Callable[..., None]
) -> None:
    site = serve(ALLOWED_HOSTS="feed.example.org", WEB_WORKERS="1")
    assert site.get("/health/live").status == 200
    wait_until(lambda: site.get("/health/ready").status == 200)
    assert site.get("/").status == 400


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"])
def test_connection_without_complete_request_is_closed(
    serve: Callable[..., Site], sent: bytes
) -> None:
    site = serve(WEB_WORKERS="1")
    with socket.create_connection(("127.0.0.1", site.port), timeout=IDLE_SECONDS + 10) as silent:
        silent.sendall(sent)
        while silent.recv(1000):
            pass
    assert site.get("/health/live").status == 200


def task_worker(site: Site) -> int | None:
    """Return the process id of the running task worker of a server."""
    assert site._process
    for children in Path(f"/proc/{site._process.pid}/task").glob("*/children"):
        for pid in map(int, children.read_text().split()):
            if b"run_tasks" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
    return None


def is_alive(pid: int) -> bool:
    """Return whether a process runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_task_worker_is_started_again_and_ends_with_a_killed_server(
    serve: Callable[..., Site], wait_until: Callable[..., None]
) -> None:
    site = serve(TASK_WORKER="1", WEB_WORKERS="1", **measured())
    wait_until(lambda: "task worker runs" in site.log(), 60)
    first = task_worker(site)
    assert first
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: site.log().count("task worker runs") == 2, 60)
    second = task_worker(site)
    assert second
    assert second != first
    assert site._process
    os.kill(site._process.pid, signal.SIGKILL)  # only the main process
    wait_until(lambda: not is_alive(second), 30)
