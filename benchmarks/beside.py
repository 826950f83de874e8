"""Hits while other clients keep the site busy: latencies, errors, and the health probes."""

import http.client
import io
import json
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from benchmarks import accounting, wrk
from benchmarks.environment import DEMO, Environment
from benchmarks.results import Cell, Table
from benchmarks.servers import Running, Servers
from benchmarks.subjects import unlimited
from benchmarks.writing import read_at_rate

HITS_PER_SECOND = 500
PROBE_SECONDS = 0.05
PAGE_LOADERS, UPLOADERS, SEARCHERS, SIGNERS, TRICKLERS, WAITING_READERS = 4, 6, 12, 12, 200, 8
COLUMNS = [
    "beside", "hits/s", "errors", "p50 ms", "p99 ms", "max ms", "p99 of quiet",
    "slowest /health/live ms", "slowest /health/ready ms",
]  # fmt: skip

Load = Callable[["Busy"], None]


class Busy:
    """Clients of a site that send requests until `stopping` is set."""

    def __init__(self, running: Running, environment: Environment) -> None:
        self.running = running
        self.environment = environment
        self.stopping = threading.Event()

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> int:
        """Send a request; return its status, 0 if no answer came."""
        connection = http.client.HTTPConnection("127.0.0.1", self.running.port, timeout=60)
        with suppress(OSError, http.client.HTTPException):
            connection.request(method, path, body or None, headers)
            reply = connection.getresponse()
            reply.read()
            return reply.status
        return 0

    def repeat(self, count: int, ask: Callable[[], object]) -> None:
        """Let `count` threads ask again and again."""

        def run() -> None:
            while not self.stopping.is_set():
                ask()

        threads = [threading.Thread(target=run) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def nothing(busy: Busy) -> None:
    busy.stopping.wait()


def page_loads(busy: Busy) -> None:
    while not busy.stopping.is_set():
        paths = busy.environment.older_pages("/", 4_000)
        wrk.load(busy.running.url + "/", seconds=1, connections=PAGE_LOADERS, paths=paths)


def uploads(busy: Busy) -> None:
    token, image = busy.environment.token, _image()
    boundary = secrets.token_hex(8)
    part = f'--{boundary}\r\nContent-Disposition: form-data; name="'
    body = f'{part}content"\r\n\r\nHills\r\n{part}image"; filename="a.jpg"\r\n\r\n'.encode()
    body += image + f"\r\n--{boundary}--\r\n".encode()
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": f"multipart/form-data; boundary={boundary}",
    }
    busy.repeat(UPLOADERS, lambda: busy.ask("POST", "/api/posts/", body, **headers))


def trickles(busy: Busy) -> None:
    """Send bodies of which a byte comes each second."""
    head = b"POST /api/posts/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000\r\n\r\n"
    with ExitStack() as stack:
        clients: list[socket.socket] = []
        while not busy.stopping.wait(1.0):
            alive = []
            for client in clients:
                with suppress(OSError):
                    client.sendall(b"x")
                    alive.append(client)
            while len(alive) < TRICKLERS:
                client = stack.enter_context(
                    socket.create_connection(("127.0.0.1", busy.running.port))
                )
                client.sendall(head)
                alive.append(client)
            clients = alive


def searches(busy: Busy) -> None:
    busy.repeat(SEARCHERS, lambda: busy.ask("GET", f"/search/?q={secrets.token_hex(3)}"))


def sign_ins(busy: Busy) -> None:
    body = json.dumps({"username": DEMO, "password": secrets.token_hex(8)}).encode()
    headers = {"Content-Type": "application/json"}
    busy.repeat(SIGNERS, lambda: busy.ask("POST", "/api/auth/token/", body, **headers))


def hung_database(busy: Busy) -> None:
    """Stop PostgreSQL while readers ask for pages that are not cached."""
    postgres = busy.environment.roots[1]
    paths = iter(busy.environment.older_pages("/", 4_000).read_text().split())
    with _stopped(postgres):
        busy.repeat(WAITING_READERS, lambda: busy.ask("GET", next(paths)))


LOADS: dict[str, Load] = {
    "nothing": nothing,
    f"{PAGE_LOADERS} clients that load pages": page_loads,
    f"{UPLOADERS} clients that upload images": uploads,
    f"{TRICKLERS} bodies that trickle": trickles,
    f"{SEARCHERS} clients that search": searches,
    f"{SIGNERS} clients that sign in": sign_ins,
    "a database that hangs": hung_database,
}


def run(servers: Servers, *, quick: bool) -> Table:
    running = servers.start(unlimited()).wait()
    seconds, rate = (1, 100) if quick else (8, HITS_PER_SECOND)
    rows: list[list[Cell]] = []
    for name, load in LOADS.items():
        rows.append([name, *_row(Busy(running, servers.environment), load, rate, seconds)])
        rows[-1][6] = float(rows[-1][4] or 0) / float(rows[0][4] or 1)
        _wait_until_quiet(running)
    return Table(
        name="beside",
        title=f"{rate:,} hits per second beside slow requests",
        says=(
            f"One worker with default settings, no limit per address, {seconds} s for each row. "
            "A hit's latency counts from the moment it was due. The probes are sent every "
            f"{1e3 * PROBE_SECONDS:.0f} ms."
        ),
        columns=COLUMNS,
        rows=rows,
    )


def _row(busy: Busy, load: Load, rate: int, seconds: int) -> list[Cell]:
    path = "/api/feed/"
    busy.running.ask(path)
    slowest = {"/health/live": 0.0, "/health/ready": 0.0}

    def probe() -> None:
        while not busy.stopping.wait(PROBE_SECONDS):
            for probed, before in slowest.items():
                started = time.perf_counter()
                busy.ask("GET", probed)
                slowest[probed] = max(before, 1e3 * (time.perf_counter() - started))

    threads = [threading.Thread(target=load, args=(busy,)), threading.Thread(target=probe)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(1.0)  # until the load has begun
        read: dict[str, Any] = read_at_rate(busy.running.url + path, rate, seconds)
    finally:
        busy.stopping.set()
        for thread in threads:
            thread.join()
    figures = [read[name] for name in ("per_second", "errors", "p50_ms", "p99_ms", "max_ms")]
    return [*figures, None, *slowest.values()]


def _wait_until_quiet(running: Running) -> None:
    """Wait until the worker is idle, and answers from its database."""
    accounting.wait_until_idle(running.roots)
    while running.ask("/health/ready").status != http.client.OK:
        accounting.wait_until_idle(running.roots)


@contextmanager
def _stopped(pid: int) -> Iterator[None]:
    """Stop a process and its descendants until the end of the block."""
    tree = accounting.tree([pid])
    for each in tree:
        os.kill(each, signal.SIGSTOP)
    try:
        yield
    finally:
        for each in tree:
            os.kill(each, signal.SIGCONT)


def _image() -> bytes:
    """Return a photo of twelve megapixels."""
    from PIL import Image

    file = io.BytesIO()
    Image.effect_noise((400, 300), 40).resize((4_000, 3_000)).convert("RGB").save(file, "JPEG")
    return file.getvalue()
