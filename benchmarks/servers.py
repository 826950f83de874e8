"""The measured servers: start, requests and stop."""

import http.client
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Literal, Self

from benchmarks.environment import Environment
from benchmarks.machine import PEERS_PYTHON, ROOT, Cores
from tests.processes import end_process, free_port, start_process, wait_until

NGINX = """
daemon off;
worker_processes 1;
{user}
pid {directory}/nginx.pid;
error_log {directory}/nginx.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    # No limit, as for the other servers.
    keepalive_requests 100000000;
    default_type application/json;
    open_file_cache max=10;
    {temporary}
    {upstream}
    server {{
        listen 127.0.0.1:{port};
        {location}
    }}
}}
"""
UPSTREAM = (
    "upstream site {{ server 127.0.0.1:{port}; keepalive 64; keepalive_requests 100000000; }}"
)
PROXY = """location / {
    proxy_pass http://site;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
}"""
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class StartFailedError(Exception):
    """A server did not start. The text is its log."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A complete HTTP response."""

    status: int
    reason: str
    headers: Message
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Server:
    """How to start a server.

    `redis` is its database in Redis, or None. `extra_packages`: it needs those of the peers'
    virtual environment. `upstream` is the server behind nginx.
    """

    name: str
    kind: Literal["ours", "wsgi", "asgi", "nginx"]
    target: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    redis: int | None = None
    extra_packages: bool = False
    upstream: "Running | None" = None


class Running:
    """A started server. `roots` are the main processes of its process trees."""

    def __init__(self, server: Server, environment: Environment, cores: Cores) -> None:
        self.server = server
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = environment.directory / f"{server.name}-{self.port}.log"
        env = environment.env({**server.env, "PORT": str(self.port)})
        env.pop("REDIS_URL")
        if server.redis is not None:
            env["REDIS_URL"] = environment.redis_url(server.redis)
        command = cores.bound(self._command(environment.directory))
        self.process = start_process(command, log=self.log, env=env, cwd=ROOT)
        upstream_roots: list[int] = server.upstream.roots if server.upstream else []
        self.roots: list[int] = [self.process.pid, *upstream_roots]

    def wait(self) -> "Running":
        """Wait until the server answers; return it.

        Raises:
            StartFailedError: it ended; with its log.
            AssertionError: it did not answer in time.
        """
        wait_until(lambda: self.process.poll() is not None or self._answers(), 60)
        if self.process.poll() is not None:
            raise StartFailedError(self.log.read_text())
        return self

    def close(self) -> None:
        end_process(self.process, signal.SIGTERM)

    def ask(
        self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET"
    ) -> Answer:
        """Send a request on a new connection; return the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, headers=dict(headers or {}))
            reply = connection.getresponse()
            body = reply.read()
            return Answer(
                status=reply.status, reason=reply.reason, headers=reply.headers, body=body
            )
        finally:
            connection.close()

    def _answers(self) -> bool:
        try:
            return self.ask("/health/live").status > 0
        except (OSError, http.client.HTTPException):
            return False

    def _command(self, directory: Path) -> list[str]:
        if self.server.kind == "ours":
            return [sys.executable, "-m", "feedsite.server"]
        if self.server.kind == "nginx":
            return ["nginx", "-p", str(directory), "-c", str(self._nginx_conf(directory))]
        python = str(PEERS_PYTHON) if self.server.extra_packages else sys.executable
        return [python, "-m", "benchmarks.serve", self.server.target, self.server.kind]

    def _nginx_conf(self, directory: Path) -> Path:
        """Write a configuration: a proxy for `upstream`, else for the file `target`."""
        upstream, path = self.server.upstream, directory / f"nginx-{self.port}.conf"
        file = f"location / {{ root {directory}; try_files /{self.server.target} =404; }}"
        path.write_text(
            NGINX.format(
                user="user root;" if os.geteuid() == 0 else "",
                directory=directory,
                temporary=" ".join(
                    f"{name}_temp_path {directory}/nginx-{name};" for name in TEMPORARY
                ),
                upstream=UPSTREAM.format(port=upstream.port) if upstream else "",
                port=self.port,
                location=PROXY if upstream else file,
            )
        )
        return path


class Servers:
    """The servers of a run. Each is started once, at its first use."""

    def __init__(self, environment: Environment, cores: Cores) -> None:
        self.environment = environment
        self.cores = cores
        self._running: dict[str, Running] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def start_with_empty_cache(self, server: Server, path: str) -> Running:
        """Start the server, wait until it answers `path`, and clear its cache."""
        running = self.start(server).wait()
        running.ask(path)
        self.environment.clear_cache(server.redis)
        return running

    def start(self, server: Server) -> Running:
        """Start the server if it is not running. It may not answer yet: see `Running.wait`."""
        if server.name not in self._running:
            running = Running(server, self.environment, self.cores)
            self._stack.callback(running.close)
            self._running[server.name] = running
        return self._running[server.name]
