"""Requests at a fixed rate: `measure(targets, seconds)`, in a process that does nothing else.

wrk sends its next request after an answer, so a stalled server gets fewer requests and its stalls
hardly count (coordinated omission). Here each request has a due time, and its latency is measured
from that time. What the client itself adds is measured too: see `Figures.sent_late_p99_ms`.
"""

import gc
import json
import math
import os
import select
import socket
import statistics
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

CONNECTIONS = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """An address and its number of requests per second.

    `reconnect`: each request has a new connection, like those of health probes; else there are 32.
    """

    url: str
    per_second: float
    reconnect: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """Latencies of one target, of all its answers. `errors`: statuses above 399, and no answers.

    `sent_late_p99_ms`: from the moment at which a request was due, or at which the server had left
    a connection free for it, until it was sent. So much of the latency is the client's.
    `real_time`: no other process of this machine could delay the client.
    """

    per_second: float
    errors: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    sent_late_p99_ms: float
    real_time: bool


def measure(targets: Sequence[Target], seconds: float) -> list[Figures]:
    """Send to all targets at the same time; return the figures of each."""
    command = [sys.executable, "-m", "benchmarks.fixed_rate", str(seconds)]
    command += [json.dumps([asdict(target) for target in targets])]
    output = subprocess.check_output(command)  # noqa: S603 -- our own
    return [Figures(**figures) for figures in json.loads(output)]


class _Connection:
    """A connection with at most one request. `due`: when that was to be sent."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = 0.0
        self.free_since = 0.0
        self._received = b""

    def fileno(self) -> int:
        return self.socket.fileno()

    def status(self) -> int | None:
        """Read; return the status of the answer once it is complete, else None.

        Raises:
            ConnectionError: the server closed the connection.
        """
        part = self.socket.recv(262_144)
        self._received += part
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not part:
            raise ConnectionError("the server closed the connection")
        if not found:
            return None
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if len(body) < int(length):
            return None
        self._received = b""
        return int(head.split(maxsplit=2)[1])


class _Run:
    """The requests of one target. Times are in seconds of `time.perf_counter`."""

    def __init__(self, target: Target, seconds: float) -> None:
        self._target = target
        address = urlsplit(target.url)
        self._address = str(address.hostname), int(address.port or 80)
        self._request = f"GET {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode()
        self._total = int(target.per_second * seconds)
        self._free = deque(
            _Connection(*self._address) for _ in range(0 if target.reconnect else CONNECTIONS)
        )
        self.waiting: set[_Connection] = set()
        self._latencies: list[float] = []
        self._late: list[float] = []
        self._sent = self._lost = self._refused = 0
        self._started = 0.0

    def start(self, now: float) -> None:
        self._started = now

    @property
    def is_complete(self) -> bool:
        return len(self._latencies) + self._lost >= self._total

    def next_due(self) -> float | None:
        """Return when the next request is to be sent; None if none can be sent before an answer."""
        may_send = self._free or (self._target.reconnect and len(self.waiting) < CONNECTIONS)
        if self._sent >= self._total or not may_send:
            return None
        return self._started + self._sent / self._target.per_second

    def send(self) -> None:
        """Send each request that is due."""
        while (due := self.next_due()) is not None and due <= (now := time.perf_counter()):
            connection = self._free.popleft() if self._free else _Connection(*self._address)
            connection.due = due
            connection.socket.sendall(self._request)
            self._late.append(now - max(due, connection.free_since))
            self.waiting.add(connection)
            self._sent += 1

    def receive(self, connection: _Connection) -> None:
        """Read what has arrived on a connection."""
        status: int | None = 0
        with suppress(ConnectionError):
            status = connection.status()
        if status is None:
            return
        now = time.perf_counter()
        self.waiting.discard(connection)
        if status == 0:
            self._lost += 1
        else:
            self._latencies.append(now - connection.due)
            self._refused += status >= 400  # noqa: PLR2004 -- the HTTP statuses of errors
        if status == 0 or self._target.reconnect:
            connection.socket.close()
        if status == 0 and not self._target.reconnect:
            connection = _Connection(*self._address)
        if not self._target.reconnect:
            connection.free_since = now
            self._free.append(connection)

    def figures(self, duration: float, *, real_time: bool) -> Figures:
        p50, p99 = _percentiles(self._latencies)
        return Figures(
            per_second=len(self._latencies) / duration,
            errors=self._refused + self._total - len(self._latencies),
            p50_ms=1e3 * p50,
            p99_ms=1e3 * p99,
            max_ms=1e3 * max(self._latencies, default=math.nan),
            sent_late_p99_ms=1e3 * _percentiles(self._late)[1],
            real_time=real_time,
        )


def _percentiles(seconds: list[float]) -> tuple[float, float]:
    """Return p50 and p99; NaN if there are too few values."""
    if len(seconds) < 2:  # noqa: PLR2004 -- what `quantiles` needs
        return math.nan, math.nan
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return cuts[49], cuts[98]


def run(targets: Iterable[Target], seconds: float) -> list[Figures]:
    """Measure in this process."""
    runs = [_Run(target, seconds) for target in targets]
    real_time = _prefer_this_process()
    started = time.perf_counter()
    for each in runs:
        each.start(started)
    while (
        not all(each.is_complete for each in runs) and time.perf_counter() < started + 2 * seconds
    ):
        for each in runs:
            each.send()
        due = [moment for each in runs if (moment := each.next_due()) is not None]
        waiting = {connection: each for each in runs for connection in each.waiting}
        # Not epoll: Python rounds its time-out up to a whole millisecond.
        until = min(due, default=time.perf_counter() + 0.05)
        ready, _, _ = select.select(list(waiting), (), (), max(0.0, until - time.perf_counter()))
        for connection in ready:
            waiting[connection].receive(connection)
    duration = time.perf_counter() - started
    return [each.figures(duration, real_time=real_time) for each in runs]


def _prefer_this_process() -> bool:
    """Let no process of the load delay this one, which measures; return whether that is allowed.

    On a core with others it would otherwise measure how long it waits for that core itself.
    """
    gc.disable()
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except (AttributeError, OSError):
        return False
    return True


def main() -> None:
    targets = [Target(**target) for target in json.loads(sys.argv[2])]
    sys.stdout.write(json.dumps([asdict(each) for each in run(targets, float(sys.argv[1]))]))


if __name__ == "__main__":
    main()
