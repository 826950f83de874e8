"""The site as it is deployed: granian with its workers, over real HTTP."""

import os
import signal
import subprocess
import sys
from typing import Any

from feed.verification import http_client
from feed.verification.http_client import NO_RESPONSE, Reply
from tests.processes import end_process, free_port, start_process, temporary_directory, wait_until


def measured() -> dict[str, str]:
    """Return what `serve` needs to measure the coverage of a server that the test stops."""
    return {"COVERAGE_PROCESS_CONFIG": os.environ.get("COVERAGE_PROCESS_CONFIG", "")}


class Site:
    """A server of the project. `env` overrides the environment of the test run."""

    def __init__(self, **env: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = env
        self._directory = temporary_directory("site")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start all workers, and return when the site answers.

        Raises:
            AssertionError: The server ended, with its log, or it did not answer in time.
        """
        # A listener begins a new generation when it starts, which tests that count must avoid.
        defaults = {"WEB_WORKERS": "2", "PORT": str(self.port), "LISTEN_TO_DATABASE": "0"}
        defaults["TASK_WORKER"] = "0"  # it takes a second of CPU to start
        # Coverage makes a start a third dearer, and a killed server writes none of it down.
        defaults["COVERAGE_PROCESS_CONFIG"] = ""
        env = {**os.environ, **defaults, **self.env}
        if "REDIS_TIMEOUT" not in self.env:
            env.pop("REDIS_TIMEOUT", None)  # the test process has a longer one
        self._process = start_process(
            [sys.executable, "-m", "feedsite.server"], log=self._directory / "site.log", env=env
        )
        workers = int(env["WEB_WORKERS"])
        wait_until(lambda: self._ended() or self.log().count("Started worker") == workers, 30)
        assert not self._ended(), self.log()
        wait_until(self._answers, 10)

    def stop(self) -> int:
        """End the server as an operator does (SIGTERM), and return its exit code."""
        assert self._process
        end_process(self._process, signal.SIGTERM)
        code = self._process.returncode
        self._process = None
        return code

    def close(self) -> None:
        """Kill the server if it still runs."""
        if self._process is not None:
            end_process(self._process, signal.SIGKILL)
            self._process = None

    def get(self, path: str, **headers: str) -> Reply:
        """Send a GET with these headers."""
        return self.request("GET", path, headers=headers)

    def request(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        headers: dict[str, str] | None = None,
        timeout: float = 10,
    ) -> Reply:
        """Send one request on a new connection; `timeout` in seconds."""
        return http_client.request(
            self.url, method, path, body=body, headers=headers, timeout_seconds=timeout
        )

    def log(self) -> str:
        """Return everything that the server has logged."""
        return (self._directory / "site.log").read_text()

    def _ended(self) -> bool:
        assert self._process
        return self._process.poll() is not None

    def _answers(self) -> bool:
        try:
            return self.get("/health/live").status == 200
        except NO_RESPONSE:
            return False
