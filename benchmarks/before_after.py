"""A hundred requests without and with a cache."""

import http.client
import time

from benchmarks.machine import PEERS_PYTHON
from benchmarks.query_log import query_log
from benchmarks.results import Cell, Table
from benchmarks.servers import Running, Servers
from benchmarks.subjects import ours, peers

REQUESTS = 100


def run(servers: Servers, *, quick: bool) -> Table:
    rows: list[list[Cell]] = []
    targets = [
        (peer.name, peer.server, peer.path)
        for peer in peers()
        if not peer.server.extra_packages or (PEERS_PYTHON.exists() and not quick)
    ]
    targets.append(("ours", ours(), "/api/feed/"))
    with query_log(servers.environment) as queries:
        for name, server, path in targets:
            running = servers.start_with_empty_cache(server, path)
            queries.reset()
            total_ms = _hundred(running, path)
            rows.append([name, total_ms, total_ms / REQUESTS, queries.count()])
    return Table(
        name="before and after",
        title=f"{REQUESTS} requests before and after caching",
        says="Sent one after another over one connection; the cache is empty at the first.",
        columns=["", "total ms", "ms per request", "database queries"],
        rows=rows,
    )


def _hundred(running: Running, path: str) -> float:
    """Return the milliseconds for all requests."""
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
