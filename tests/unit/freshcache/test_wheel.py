"""The package alone: its wheel in an empty virtual environment, with a small Django project."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.processes import end_process, free_port, start_process, wait_until
from tests.servers import RedisServer

pytestmark = [pytest.mark.redis, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[3]
UV = Path(sys.executable).with_name("uv")
VISIBLE_SECONDS = 0.1


@dataclass(frozen=True)
class Process:
    port: int

    def get(self, path: str = "/") -> tuple[int, str, str]:
        """Return status, body and Cache-Status."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            reply = connection.getresponse()
            body = reply.read().decode()
            return reply.status, body, reply.headers.get("Cache-Status", "")
        finally:
            connection.close()

    def write(self, text: str) -> None:
        assert self.get(f"/write?text={quote(text)}")[0] == 204

    def answers(self) -> bool:
        try:
            return self.get()[0] == 200
        except OSError:
            return False


def run(*command: str | Path) -> None:
    done = subprocess.run([*command], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a virtual environment that has only the wheel and its dependencies."""
    directory = tmp_path_factory.mktemp("wheel")
    source = shutil.copytree(ROOT / "freshcache", directory / "source")
    run(UV, "build", "--quiet", "--wheel", "--out-dir", directory, source)
    (wheel,) = directory.glob("*.whl")
    run(UV, "venv", "--quiet", "--python", sys.executable, directory / "venv")
    python = directory / "venv/bin/python"
    ours = [f"{name}=={version(name)}" for name in ("django", "django-redis", "redis")]
    run(UV, "pip", "install", "--quiet", "--python", python, wheel, *ours)
    return python


@pytest.fixture
def processes(
    python: Path, redis_server: RedisServer, tmp_path: Path
) -> Iterator[tuple[Process, Process]]:
    (article := tmp_path / "article.txt").write_text("first")
    program = (tmp_path / "project.py").absolute()
    program.write_text((Path(__file__).parent / "project.py").read_text())
    with ExitStack() as stack:
        started = []
        for number in range(2):
            process = Process(free_port())
            command = [str(python), str(program), str(process.port), redis_server.url, str(article)]
            child = start_process(command, log=tmp_path / f"{number}.log", cwd=tmp_path)
            stack.callback(end_process, child, signal.SIGKILL)
            started.append(process)
        for process in started:
            wait_until(process.answers)
        yield started[0], started[1]


def seconds_until(condition: Callable[[], bool]) -> float:
    started = time.monotonic()
    wait_until(condition)
    return time.monotonic() - started


@pytest.mark.timing
def test_change_shows_in_another_process_within_100_ms(
    processes: tuple[Process, Process],
) -> None:
    one, other = processes
    for number in range(5):
        wait_until(lambda: "hit" in other.get()[2])
        one.write(f"article {number}")
        assert one.get()[1] == f"article {number}"
        wrote_at = time.monotonic()
        # A read that begins after this time must show the change.
        while time.monotonic() - wrote_at < VISIBLE_SECONDS:
            other.get()
        assert other.get()[1] == f"article {number}"


def test_without_redis_nothing_fails_and_each_process_sees_its_writes(
    processes: tuple[Process, Process], redis_server: RedisServer
) -> None:
    one, other = processes
    redis_server.kill()
    for number in range(3):
        one.write(f"article {number}")
        assert one.get()[:2] == (200, f"article {number}")
        assert other.get()[0] == 200
    seconds = seconds_until(lambda: other.get()[1] == "article 2")
    assert seconds < 3  # a page lives two seconds without Redis
    redis_server.start()
    wait_until(lambda: 'detail="memory"' not in one.get()[2])
    one.write("article 3")
    wait_until(lambda: other.get()[1] == "article 3")
