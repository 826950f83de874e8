"""A mix of requests as a site gets them: signed out, by token, signed in, and a few writes."""

from random import Random

from benchmarks import accounting, wrk
from benchmarks.environment import Environment
from benchmarks.results import Cell, Table
from benchmarks.servers import Servers
from benchmarks.subjects import unlimited

# Requests of each kind in a hundred. The rest are reads that are not signed in.
TOKEN, SIGNED_IN, WRITES = 20, 10, 1
REQUESTS = 1_000
CONNECTIONS = 16


def run(servers: Servers, *, quick: bool) -> Table:
    running = servers.start(unlimited()).wait()
    seconds, rounds = (1, 1) if quick else (4, 5)
    rows: list[list[Cell]] = []
    for name, writes in (("reads alone", 0), (f"{WRITES} % writes", WRITES)):
        requests = servers.environment.requests(_lines(servers.environment, writes))
        for number in range(rounds):
            running.ask("/")
            before = accounting.cpu_seconds(running.roots)
            load = wrk.load(
                running.url + "/", seconds=seconds, connections=CONNECTIONS, paths=requests
            )
            cpu_us = 1e6 * (accounting.cpu_seconds(running.roots) - before) / load.requests
            rows.append(
                [name, number + 1, load.per_second, cpu_us, load.p50_ms, load.p99_ms, load.errors]
            )
    return Table(
        name="mix",
        title="A mix of requests",
        says=(
            f"In a hundred requests {TOKEN} of the API with a token, {SIGNED_IN} pages signed in, "
            f"{WRITES} like set or taken back, and the rest pages and API signed out. One worker, "
            f"{CONNECTIONS} connections, {seconds} s for each row."
        ),
        columns=["", "round", "requests/s", "CPU µs", "p50 ms", "p99 ms", "errors"],
        rows=rows,
    )


def _lines(environment: Environment, writes: int) -> list[str]:
    """Return requests as `wrk.lua` reads them, in an order that is the same in each run."""
    token = f"Authorization\tBearer {environment.token}"
    like = f"/api/posts/{environment.reference()['posts'][0]['id']}/like/"
    kinds = [f"/api/feed/\tGET\t{token}"] * TOKEN
    kinds += [f"/\tGET\tCookie\t{environment.session_cookie}"] * SIGNED_IN
    signed_out = 100 - TOKEN - SIGNED_IN - writes
    kinds += ["/"] * (signed_out // 2) + ["/api/feed/"] * (signed_out - signed_out // 2)
    # A like that is there already is no change, so it is set and taken back in turn.
    lines = kinds * (REQUESTS // 100)
    for number in range(writes * REQUESTS // 100):
        lines.append(f"{like}\t{('PUT', 'DELETE')[number % 2]}\t{token}")
    Random(1).shuffle(lines)  # noqa: S311 -- an order, not a secret
    return lines
