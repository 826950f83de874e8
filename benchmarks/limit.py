"""The lower limit of cost: a bare callable, in the best of the server's thread settings.

More threads make an answer cheaper if there are many connections, and dearer if there are few. So a
ratio to one setting alone says nothing about what the server can do.
"""

import statistics
from pathlib import Path

from benchmarks import accounting, bare_answers, wrk
from benchmarks.results import Cell, Table
from benchmarks.servers import Running, Server, Servers
from benchmarks.subjects import ours

THREADS = (1, 2, 4, 8, 16, 32, 64)
QUICK_THREADS = (4, 16)
CONNECTIONS = (4, 16, 64)
COLUMNS = [
    "answer", "connections", "best threads", "bare CPU µs", "ours CPU µs", "of the limit",
    "bare requests/s", "ours requests/s", "errors",
]  # fmt: skip


def bare(answers: Path, threads: int) -> Server:
    """Return a server with `threads` threads that gives the answers of this file."""
    env = {"BENCH_ANSWERS": str(answers), "THREADS": str(threads)}
    target = "benchmarks.peers.bare:application"
    return Server(name=f"bare-{threads}-{answers.stem}", kind="wsgi", target=target, env=env)


def best(servers: Servers, answers: Path, *, connections: int, quick: bool) -> Server:
    """Return the bare server whose number of threads is cheapest with so many connections."""
    candidates = [bare(answers, threads) for threads in (QUICK_THREADS if quick else THREADS)]
    costs = {
        server.name: _cost(servers.start(server).wait(), "/json", connections, 1)[0]
        for server in candidates
    }
    return min(candidates, key=lambda server: costs[server.name])


def run(servers: Servers, *, quick: bool) -> Table:
    site = servers.start(ours()).wait()
    json_answer = site.ask("/api/feed/")
    unchanged = {"If-None-Match": json_answer.headers["ETag"]}
    kinds = {
        "/json": ("JSON", "/api/feed/", {}),
        "/304": ("JSON, 304", "/api/feed/", unchanged),
        "/page": ("page", "/", {}),
    }
    answers = servers.environment.directory / "limit.json"
    asked = {at: site.ask(path, headers) for at, (_, path, headers) in kinds.items()}
    bare_answers.write(answers, asked)
    threads = QUICK_THREADS if quick else THREADS
    limits = [(number, servers.start(bare(answers, number)).wait()) for number in threads]
    rows: list[list[Cell]] = []
    for at, (name, path, headers) in kinds.items():
        for connections in CONNECTIONS[1:2] if quick else CONNECTIONS:
            found = _compare(
                site, limits, (path, at), headers, connections, rounds=1 if quick else 5
            )
            rows.append([name, connections, *found])
    return Table(
        name="limit",
        title="Hits beside the best that the server can do",
        says=(
            f"A bare callable with the same bytes, with {', '.join(map(str, threads))} threads; "
            "the cheapest is the limit. Ours with its default settings. Medians of rounds of 2 s, "
            "all in turn in each round. `of the limit`: 1 is as cheap."
        ),
        columns=COLUMNS,
        rows=rows,
    )


def _compare(
    site: Running,
    limits: list[tuple[int, Running]],
    paths: tuple[str, str],
    headers: dict[str, str],
    connections: int,
    *,
    rounds: int,
) -> list[Cell]:
    """Return the cells of a row. `paths` are those of our site and of the bare callable."""
    seconds = 1 if rounds == 1 else 2
    own: list[tuple[float, float, int]] = []
    others: dict[int, list[tuple[float, float, int]]] = {number: [] for number, _ in limits}
    for _ in range(rounds):
        own.append(_cost(site, paths[0], connections, seconds, headers))
        for number, running in limits:
            others[number].append(_cost(running, paths[1], connections, seconds))
    cost, rate = _median(own, 0), _median(own, 1)
    threads = min(others, key=lambda number: _median(others[number], 0))
    limit, limit_rate = _median(others[threads], 0), _median(others[threads], 1)
    errors = sum(each[2] for each in own)
    return [threads, limit, cost, limit / cost, round(limit_rate), round(rate), errors]


def _cost(
    running: Running,
    path: str,
    connections: int,
    seconds: int,
    headers: dict[str, str] | None = None,
) -> tuple[float, float, int]:
    """Return CPU µs per request, requests per second and errors of one run."""
    running.ask(path, headers)  # fills the page if it has expired
    before = accounting.cpu_seconds(running.roots)
    load = wrk.load(running.url + path, seconds=seconds, connections=connections, headers=headers)
    cpu = accounting.cpu_seconds(running.roots) - before
    return 1e6 * cpu / max(1, load.requests), load.per_second, load.errors


def _median(rounds: list[tuple[float, float, int]], index: int) -> float:
    # Not 0: CPU time is counted in ticks of the kernel.
    return max(0.01, statistics.median(each[index] for each in rounds))
