"""Requests at a fixed rate: which are sent, how, and what counts as an error of which target."""

import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.fixed_rate import CONNECTIONS, Target, measure

PER_SECOND, SECONDS = 100, 0.5
REQUESTS = 50


class Handler(BaseHTTPRequestHandler):
    """Answers 200 or 503, or not before `gate` is set."""

    protocol_version = "HTTP/1.1"
    connections: Counter[str]
    gate: threading.Event

    def setup(self) -> None:
        super().setup()
        self.counted = False

    def do_GET(self) -> None:
        if not self.counted:
            self.connections[self.path] += 1
            self.counted = True
        if self.path == "/waits":
            assert self.gate.wait(30)
        self.send_response(503 if self.path == "/busy" else 200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"body")

    def log_message(self, *arguments: object) -> None:
        """Print nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing: the client does not wait for all answers."""

    def target(self, path: str, *, reconnect: bool = False) -> Target:
        url = f"http://127.0.0.1:{self.server_port}{path}"
        return Target(url=url, per_second=PER_SECOND, reconnect=reconnect)


@pytest.fixture
def server() -> Iterator[Server]:
    Handler.connections, Handler.gate = Counter(), threading.Event()
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        Handler.gate.set()
        server.shutdown()
        thread.join()


def test_all_requests_are_sent_and_answered(server: Server) -> None:
    (figures,) = measure([server.target("/")], SECONDS)
    assert figures.errors == 0
    assert 0 < figures.p50_ms <= figures.p99_ms <= figures.max_ms
    assert 0 <= figures.sent_late_p99_ms <= figures.p99_ms
    assert Handler.connections["/"] <= CONNECTIONS


def test_targets_have_figures_of_their_own(server: Server) -> None:
    good, busy = measure([server.target("/"), server.target("/busy")], SECONDS)
    assert good.errors == 0
    assert busy.errors == REQUESTS
    assert 0 < busy.p50_ms <= busy.max_ms  # an answer with an error has a latency, too


def test_probes_have_a_new_connection_each(server: Server) -> None:
    (figures,) = measure([server.target("/", reconnect=True)], SECONDS)
    assert figures.errors == 0
    assert Handler.connections["/"] == REQUESTS


@pytest.mark.parametrize("reconnect", [False, True])
def test_answers_that_never_come_are_errors(server: Server, reconnect: bool) -> None:
    targets = [server.target("/waits", reconnect=reconnect), server.target("/")]
    waits, good = measure(targets, SECONDS)
    assert waits.errors == REQUESTS
    assert waits.per_second == 0
    assert good.errors == 0
