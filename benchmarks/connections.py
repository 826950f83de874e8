"""Ten, a hundred and a thousand concurrent connections."""

from benchmarks import wrk
from benchmarks.results import Cell, Table
from benchmarks.servers import Servers
from benchmarks.subjects import PLAIN, ours


def run(servers: Servers, *, quick: bool) -> Table:
    seconds = 1 if quick else 5
    rows: list[list[Cell]] = []
    targets = (
        ("ours", ours(), "/api/feed/"),
        ("DRF, cache.get on django-redis", PLAIN, "/django-redis/"),
    )
    for name, server, path in targets:
        running = servers.start(server).wait()
        for connections in (10, 100) if quick else (10, 100, 1_000):
            running.ask(path)
            load = wrk.load(running.url + path, seconds=seconds, connections=connections)
            rows.append(
                [name, connections, round(load.per_second), load.errors, load.p50_ms, load.p99_ms]
            )
    return Table(
        name="connections",
        title="Many connections",
        says=f"wrk for {seconds} s, one worker. Errors: answers above 399, broken connections.",
        columns=["", "connections", "requests/s", "errors", "p50 ms", "p99 ms"],
        rows=rows,
    )
