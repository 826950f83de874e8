"""Hits while other clients keep the site busy: latencies, errors, and the health probes.

Three things can delay a hit: the site, its core, and the client that measures. So each row has a
control: a bare callable, in a process of its own on the site's core, asked by the same client at
the same time. What delays hits and not the control is the site's own.
"""

import http.client
import threading
import time

from benchmarks import accounting, bare_answers, fixed_rate, limit
from benchmarks.environment import OURS
from benchmarks.fixed_rate import Figures, Target
from benchmarks.results import Cell, Table
from benchmarks.servers import Running, Servers
from benchmarks.slow_loads import LOADS, TTL_SECONDS, Busy, Load
from benchmarks.subjects import unlimited

PATH = "/api/feed/"
HITS_PER_SECOND, BARE_PER_SECOND, PROBES_PER_SECOND = 500, 100, 20
BARE_THREADS = 16  # the best setting for as many connections as the client has (`limit`)
COLUMNS = [
    "beside", "hits/s", "errors", "p50 ms", "p99 ms", "max ms", "p99 of quiet",
    "bare p99 ms", "bare max ms", "sent late p99 ms",
    "slowest /health/live ms", "slowest /health/ready ms",
]  # fmt: skip


def run(servers: Servers, *, quick: bool) -> Table:
    running = servers.start(unlimited()).wait()
    answers = servers.environment.directory / "beside.json"
    bare_answers.write(answers, {"/json": running.ask(PATH)})
    bare = servers.start(limit.bare(answers, BARE_THREADS)).wait()
    seconds, rate = (1, 100) if quick else (8, HITS_PER_SECOND)
    targets = [
        Target(url=running.url + PATH, per_second=rate),
        Target(url=f"{bare.url}/json", per_second=BARE_PER_SECOND),
        *(
            Target(url=f"{running.url}/health/{name}", per_second=PROBES_PER_SECOND, reconnect=True)
            for name in ("live", "ready")
        ),
    ]
    rows: list[list[Cell]] = []
    real_time = True
    for name, (load, wait_seconds) in LOADS.items():
        if quick and wait_seconds > TTL_SECONDS:
            continue
        servers.environment.clear_cache(OURS)  # so that all rows begin with a page of the same age
        busy = Busy(running, servers.environment)
        figures = _measure(busy, load, wait_seconds, targets, seconds)
        rows.append([name, *_cells(figures)])
        rows[-1][6] = float(rows[-1][4] or 0) / float(rows[0][4] or 1)
        real_time = all(each.real_time for each in figures)
        _wait_until_quiet(running)
    priority = "real-time" if real_time else "no higher"
    return Table(
        name="beside",
        title=f"{rate:,} hits per second beside slow requests",
        says=(
            f"One worker with default settings, no limit per address, {seconds} s for each row. "
            "A latency counts from the moment the request was due. `bare`: the control, a bare "
            "callable in another process on the same core. `sent late`: the part of a hit's "
            f"latency that is the client's, which had {priority} priority. Each probe has a new "
            f"connection, {PROBES_PER_SECOND} a second of each kind."
        ),
        columns=COLUMNS,
        rows=rows,
    )


def _measure(
    busy: Busy, load: Load, wait_seconds: float, targets: list[Target], seconds: int
) -> list[Figures]:
    busy.running.ask(PATH)
    thread = threading.Thread(target=load, args=(busy,))
    thread.start()
    try:
        time.sleep(wait_seconds)
        return fixed_rate.measure(targets, seconds)
    finally:
        busy.stopping.set()
        thread.join()


def _cells(figures: list[Figures]) -> list[Cell]:
    hits, bare, live, ready = figures
    return [
        *(hits.per_second, hits.errors),  # not of `ready`: it answers 503 without a database
        *(hits.p50_ms, hits.p99_ms, hits.max_ms, None),
        *(bare.p99_ms, bare.max_ms, hits.sent_late_p99_ms),
        *(live.max_ms, ready.max_ms),
    ]


def _wait_until_quiet(running: Running) -> None:
    """Wait until the worker is idle, and answers from its database."""
    accounting.wait_until_idle(running.roots)
    while running.ask("/health/ready").status != http.client.OK:
        accounting.wait_until_idle(running.roots)
