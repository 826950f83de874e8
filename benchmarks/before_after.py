"""The oldest table of all: a hundred requests before caching, and after."""

import http.client
import time

from benchmarks.machine import PEERS_PYTHON
from benchmarks.questions import asked
from benchmarks.results import Cell, Table
from benchmarks.servers import Running, Servers
from benchmarks.subjects import ours, peers

REQUESTS = 100


def run(servers: Servers, *, quick: bool) -> Table:
    rows: list[list[Cell]] = []
    places = [
        (one.name, one.server, one.path)
        for one in peers()
        if not one.server.own_packages or (PEERS_PYTHON.exists() and not quick)
    ]
    places.append(("ours", ours(), "/api/feed/"))
    with asked(servers.environment) as questions:
        for name, server, path in places:
            running = servers.start(server).wait()
            running.ask(path)
            servers.environment.forget(server.redis)
            questions.forget()
            total_ms = _hundred(running, path)
            rows.append([name, total_ms, total_ms / REQUESTS, questions.count()])
    return Table(
        name="before and after",
        title=f"{REQUESTS} requests before and after caching",
        says="One after the other over one connection; the first finds the cache empty.",
        columns=["", "total ms", "ms a request", "database queries"],
        rows=rows,
    )


def _hundred(running: Running, path: str) -> float:
    """Milliseconds for all of them."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
    started = time.perf_counter()
    for _ in range(REQUESTS):
        connection.request("GET", path)
        reply = connection.getresponse()
        reply.read()
        if reply.status != http.client.OK:
            raise RuntimeError(f"{path}: {reply.status}")
    took = time.perf_counter() - started
    connection.close()
    return 1e3 * took
