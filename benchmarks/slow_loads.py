"""Clients that keep a site busy with slow requests, while `beside` measures hits."""

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
from itertools import count, cycle

from benchmarks import accounting, wrk
from benchmarks.environment import DEMO, Environment
from benchmarks.servers import Running

PAGE_LOADERS, UPLOADERS, SEARCHERS, SIGNERS, TRICKLERS, WAITING_READERS = 4, 6, 12, 12, 200, 8
TTL_SECONDS = 30.0  # of the feed

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
    paths = cycle(busy.environment.older_pages("/", 4_000).read_text().split())
    with _stopped(postgres):
        busy.repeat(WAITING_READERS, lambda: busy.ask("GET", next(paths)))


# Each load, and seconds from its begin until hits are measured.
LOADS: dict[str, tuple[Load, float]] = {
    "nothing": (nothing, 1.0),
    f"{PAGE_LOADERS} clients that load pages": (page_loads, 1.0),
    f"{UPLOADERS} clients that upload images": (uploads, 1.0),
    f"{TRICKLERS} bodies that trickle": (trickles, 1.0),
    f"{SEARCHERS} clients that search": (searches, 1.0),
    f"{SIGNERS} clients that sign in": (sign_ins, 1.0),
    "a database that hangs": (hung_database, 1.0),
    "the same, after the TTL of the page": (hung_database, 1.0 + TTL_SECONDS),
}


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
