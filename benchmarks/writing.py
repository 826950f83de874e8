"""Reads at a fixed rate while posts are written: database loads, and time until a post is seen."""

import bisect
import http.client
import json
import re
import statistics
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from benchmarks import fixed_rate
from benchmarks.environment import DEMO
from benchmarks.fixed_rate import Target
from benchmarks.query_log import query_log
from benchmarks.results import Cell, Table
from benchmarks.servers import Running, Servers
from benchmarks.subjects import ours

READS_PER_SECOND = 2_000
WRITES_PER_SECOND = (0, 1, 10, 100)
POLL_SECONDS = 0.004
MARK = "benchmark post "
# Longer than the second after which workers send their counts.
FLUSH_SECONDS = 1.5
COLUMNS = [
    "writes/s", "written/s", "reads/s", "errors", "hit rate %", "fills/s", "page loads/s",
    "read p50 ms", "p99 ms", "seen after p50 ms", "p99 ms", "max ms",
]  # fmt: skip


@dataclass
class Writer:
    """A writer in this process, outside the server, which polls the feed for its posts.

    `started_at`: monotonic time of each write, before its commit. `seen`: number of the newest
    post in an answer, and the time of that answer.
    """

    running: Running
    per_second: float
    stopping: threading.Event = field(default_factory=threading.Event)
    started_at: list[float] = field(default_factory=list)
    seen: list[tuple[int, float]] = field(default_factory=list)

    def write(self) -> None:
        """Write posts at the given rate until `stopping` is set."""
        from posts.models import Post, User

        author = User.objects.get(username=DEMO)
        started = time.monotonic()
        while self.per_second and not self.stopping.is_set():
            due = started + len(self.started_at) / self.per_second
            if self.stopping.wait(max(0.0, due - time.monotonic())):
                return
            number = len(self.started_at)
            self.started_at.append(time.monotonic())
            Post.objects.create(author=author, content=f"{MARK}{number:08}")

    def watch(self) -> None:
        """Poll the feed until `stopping` is set."""
        connection = http.client.HTTPConnection("127.0.0.1", self.running.port, timeout=10)
        while not self.stopping.wait(POLL_SECONDS):
            connection.request("GET", "/api/feed/")
            body = connection.getresponse().read().decode()
            if found := re.search(rf"{MARK}(\d+)", body):
                newest = int(found[1])
                if not self.seen or newest > self.seen[-1][0]:
                    self.seen.append((newest, time.monotonic()))
        connection.close()

    def seen_after_ms(self) -> list[float]:
        """Return for each seen post the milliseconds from the start of its write.

        The feed shows posts in the order of writing, so an answer with a newer post counts, too.
        """
        newest = [number for number, _ in self.seen]
        found = (
            (bisect.bisect_left(newest, n), moment) for n, moment in enumerate(self.started_at)
        )
        return [
            1e3 * (self.seen[index][1] - moment) for index, moment in found if index < len(newest)
        ]


def run(servers: Servers, *, quick: bool) -> Table:
    running = servers.start(ours("ours-2", workers=2)).wait()
    rates = (10,) if quick else WRITES_PER_SECOND
    seconds = 2 if quick else 10
    reads = 200 if quick else READS_PER_SECOND
    with query_log(servers.environment) as queries:
        rows = []
        for rate in rates:
            queries.reset()
            rows.append(_row(running, rate, reads, seconds))
            rows[-1][6] = queries.page_loads() / seconds
            _remove_posts()
    return Table(
        name="writes",
        title=f"{reads:,} reads per second with writes",
        says=(
            f"Two workers, {seconds} s for each row. Posts are written by another process. "
            "A read's latency counts from the moment it was due. The feed is polled every "
            f"{1e3 * POLL_SECONDS:.0f} ms until it shows a post; that time counts from the start "
            "of the write."
        ),
        columns=COLUMNS,
        rows=rows,
    )


def _row(running: Running, rate: int, reads: int, seconds: int) -> list[Cell]:
    writer = Writer(running, rate)
    before = _stats(running)
    threads = [threading.Thread(target=task) for task in (writer.write, writer.watch)]
    for thread in threads:
        thread.start()
    try:
        target = Target(url=f"{running.url}/api/feed/", per_second=reads)
        (read,) = fixed_rate.measure([target], seconds)
    finally:
        writer.stopping.set()
        for thread in threads:
            thread.join()
    time.sleep(FLUSH_SECONDS)
    after = _stats(running)
    grown = {name: after[name] - before[name] for name in before}
    hits = grown["hits"] + grown["stale_hits"]
    answered = hits + grown["misses"] + grown["bypasses"]
    after_ms = sorted(writer.seen_after_ms()) or [float("nan")]
    seen: list[Cell] = [None, None, None]
    if rate:
        p99 = after_ms[min(len(after_ms) - 1, len(after_ms) * 99 // 100)]
        seen = [statistics.median(after_ms), p99, after_ms[-1]]
    return [
        rate,
        len(writer.started_at) / seconds,
        read.per_second,
        read.errors,
        100 * hits / max(1, answered),
        grown["fills"] / seconds,
        None,
        read.p50_ms,
        read.p99_ms,
        *seen,
    ]


def _stats(running: Running) -> dict[str, int]:
    stats: dict[str, Any] = json.loads(running.ask("/health/cache").body)["stats"]
    return {name: value for name, value in stats.items() if isinstance(value, int)}


def _remove_posts() -> None:
    from posts.models import Post

    Post.objects.filter(content__startswith=MARK).delete()
