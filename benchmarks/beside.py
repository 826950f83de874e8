"""Hits while other clients keep the site busy: latencies, errors, and the health probes.

Three things can delay a hit: the site, its core, and the client that measures. So each row has a
control: a bare callable, in a process of its own on the site's core, asked by the same client at
the same time. What delays hits and not the control is the site's own.
"""

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
from contextlib import contextmanager, suppress
from itertools import count

from benchmarks import accounting, bare_answers, fixed_rate, limit, wrk
from benchmarks.environment import DEMO, Environment
from benchmarks.fixed_rate import Figures, Target
from benchmarks.results import Cell, Table
from benchmarks.servers import Running, Servers
from benchmarks.subjects import unlimited

PATH = "/api/feed/"
HITS_PER_SECOND, BARE_PER_SECOND, PROBES_PER_SECOND = 500, 100, 20
BARE_THREADS = 16  # the best setting for as many connections as the client has (`limit`)
PAGE_LOADERS, UPLOADERS, SEARCHERS, SIGNERS, TRICKLERS, WAITING_READERS = 4, 6, 12, 12, 200, 8
COLUMNS = [
    "beside", "hits/s", "errors", "p50 ms", "p99 ms", "max ms", "p99 of quiet",
    "bare p99 ms", "bare max ms", "sent late p99 ms",
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

    def repeat(self, number: int, ask: Callable[[], object]) -> None:
        """Let `number` threads ask again and again."""

        def run() -> None:
            while not self.stopping.is_set():
                ask()

        threads = [threading.Thread(target=run) for _ in range(number)]
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
    """Send bodies of which a byte comes each second. Each client has its own part of the second.

    A client that is refused connects again.
    """
    head = b"POST /api/posts/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000\r\n\r\n"
    clients: list[socket.socket | None] = [None] * TRICKLERS
    started = time.monotonic()
    for number in count():
        due = started + number / TRICKLERS
        if busy.stopping.wait(max(0.0, due - time.monotonic())):
            break
        client = clients[number % TRICKLERS]
        try:
            if client is None:
                client = socket.create_connection(("127.0.0.1", busy.running.port), timeout=10)
                client.sendall(head)
            client.sendall(b"x")
        except OSError:
            client = None
        clients[number % TRICKLERS] = client


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
    for name, load in LOADS.items():
        figures = _measure(Busy(running, servers.environment), load, targets, seconds)
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


def _measure(busy: Busy, load: Load, targets: list[Target], seconds: int) -> list[Figures]:
    busy.running.ask(PATH)
    thread = threading.Thread(target=load, args=(busy,))
    thread.start()
    try:
        time.sleep(1.0)  # until the load has begun
        return fixed_rate.measure(targets, seconds)
    finally:
        busy.stopping.set()
        thread.join()


def _cells(figures: list[Figures]) -> list[Cell]:
    hits, bare, live, ready = figures
    return [
        *(hits.per_second, sum(each.errors for each in figures)),
        *(hits.p50_ms, hits.p99_ms, hits.max_ms, None),
        *(bare.p99_ms, bare.max_ms, hits.sent_late_p99_ms),
        *(live.max_ms, ready.max_ms),
    ]


def _wait_until_quiet(running: Running) -> None:
    """Wait until the worker has used no CPU for half a second, and answers from its database."""
    while True:
        before = accounting.cpu_seconds(running.roots)
        time.sleep(0.5)
        if accounting.cpu_seconds(running.roots) - before < 0.05 and (  # noqa: PLR2004 -- seconds
            running.ask("/health/ready").status == http.client.OK
        ):
            return


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
