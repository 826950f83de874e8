"""The site as it is deployed: granian with its workers, over real HTTP."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection, HTTPException
from typing import Any

from tests.processes import end_process, free_port, start_process, temporary_directory, wait_until


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


class Site:
    """A server of the project, with the environment of the test run and `env` over it."""

    def __init__(self, **env: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = env
        self._directory = temporary_directory("site")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start all workers; return when the site answers.

        Raises:
            AssertionError: it ended instead, or did not answer in time; with its log.
        """
        # Who begins to listen begins a new generation, which tests that count can do without.
        defaults = {"WEB_WORKERS": "2", "PORT": str(self.port), "LISTEN_TO_DATABASE": "0"}
        env = {**os.environ, **defaults, **self.env}
        if "REDIS_TIMEOUT" not in self.env:
            env.pop("REDIS_TIMEOUT", None)  # the test process waits longer than a deployment
        self._process = start_process(
            [sys.executable, "-m", "feedsite.server"], log=self._directory / "site.log", env=env
        )
        workers = int(env["WEB_WORKERS"])
        wait_until(lambda: self._ended() or self.log().count("Started worker") == workers, 30)
        assert not self._ended(), self.log()
        wait_until(self._answers, 10)

    def stop(self) -> int:
        """End it as an operator would; the exit code."""
        assert self._process
        end_process(self._process, signal.SIGTERM)
        code = self._process.returncode
        self._process = None
        return code

    def close(self) -> None:
        """End it, if it still runs, at once."""
        if self._process is not None:
            end_process(self._process, signal.SIGKILL)
            self._process = None

    def get(self, path: str, **headers: str) -> Reply:
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
        """One request on a connection of its own, so that any worker may get it. `body`: JSON."""
        sent = dict(headers or {})
        if body is not None:
            sent["Content-Type"] = "application/json"
        connection = HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body and json.dumps(body), sent)
            reply = connection.getresponse()
            return Reply(status=reply.status, headers=reply.headers, body=reply.read())
        finally:
            connection.close()

    def log(self) -> str:
        return (self._directory / "site.log").read_text()

    def _ended(self) -> bool:
        assert self._process
        return self._process.poll() is not None

    def _answers(self) -> bool:
        try:
            return self.get("/health/live").status == 200
        except (OSError, HTTPException):
            return False
