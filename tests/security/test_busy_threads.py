"""A hit finds a thread of the server while all lanes are full, and probes answer in time."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from http import HTTPStatus
from itertools import count
from typing import Any

import pytest
from knox.models import AuthToken

from feed.verification.http_client import NO_RESPONSE
from feedsite.lanes import server_threads
from tests.factories import PostFactory, UserFactory
from tests.processes import wait_until
from tests.security.locks import locked_posts
from tests.security.test_slow_clients import announce, slow_bodies
from tests.site import Site

pytestmark = pytest.mark.django_db(transaction=True)

WEB_THREADS = BODY_THREADS = 4
THREADS = server_threads(web_threads=WEB_THREADS, body_threads=BODY_THREADS)
HIT = "/api/feed/"
PROBES = ("/health/live", "/health/ready", "/health/lanes")
PROBE_SECONDS = 0.1


@pytest.fixture
def token() -> str:
    PostFactory.create()
    return str(AuthToken.objects.create(UserFactory.create())[1])


@pytest.fixture
def site(token: str, serve: Callable[..., Site]) -> Site:
    started = serve(WEB_WORKERS="1", WEB_THREADS=str(WEB_THREADS), BODY_THREADS=str(BODY_THREADS))
    assert started.get("/health/ready").status == HTTPStatus.OK
    wait_until(lambda: "front door" in started.get(HIT).headers["Cache-Status"])
    return started


def lanes(site: Site) -> dict[str, dict[str, int]]:
    states: dict[str, dict[str, int]] = site.get("/health/lanes").json()["lanes"]
    return states


@contextmanager
def repeated(*requests: Callable[[], Any]) -> Iterator[None]:
    """Send each of these requests again and again, on a thread of its own."""
    ended = threading.Event()

    def repeat(send: Callable[[], Any]) -> None:
        while not ended.wait(0.1):  # a refused request must not be sent again at once
            with suppress(*NO_RESPONSE):
                send()

    with ThreadPoolExecutor(len(requests)) as pool:
        for send in requests:
            pool.submit(repeat, send)
        try:
            yield
        finally:
            ended.set()


def writes(site: Site, token: str) -> list[Callable[[], Any]]:
    headers, body = {"Authorization": f"Bearer {token}"}, {"content": "Late"}
    return [
        lambda: site.request("POST", "/api/posts/", body=body, headers=headers, timeout=30)
    ] * 16


def slow_reads(site: Site) -> list[Callable[[], Any]]:
    """Searches, and pages that are in no cache."""
    numbers = count()
    return [
        *[lambda: site.get(f"/search/?q=word{next(numbers)}")] * 12,
        *[lambda: site.get(f"/posts/{10**6 + next(numbers)}/")] * 12,
    ]


def read(client: socket.socket, number: int) -> list[bytes]:
    """Read the status lines of this number of answers, without bodies that contain any."""
    received = b""
    while received.count(b"HTTP/1.1 ") < number:
        block = client.recv(65_536)
        assert block, received
        received += block
    return [part[:3] for part in received.split(b"HTTP/1.1 ")[1:]]


def read_hits_in_every_way(site: Site) -> None:
    """HEAD, keep-alive, `Expect: 100-continue`, and pipelined requests on one connection."""
    head = f"HEAD {HIT} HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\n\r\n".encode()
    get = head.replace(b"HEAD", b"GET", 1)
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as client:
        for _ in range(5):
            client.sendall(head)
            assert read(client, 1) == [b"200"]
        client.sendall(head[:-2] + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        assert read(client, 1)[-1] in {b"100", b"200"}
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as client:
        client.sendall(head * 20 + get)
        assert read(client, 21) == [b"200"] * 21
    assert "front door" in site.get(HIT).headers["Cache-Status"]


def seconds_of_probes(site: Site) -> list[float]:
    measured = []
    for path in PROBES * 5:
        started = time.monotonic()
        assert site.get(path).status == HTTPStatus.OK
        measured.append(time.monotonic() - started)
    return sorted(measured)


@pytest.mark.timing
@pytest.mark.postgres
def test_hits_and_probes_are_answered_while_all_lanes_are_full(site: Site, token: str) -> None:
    """The table of posts is locked for 16 writes, searches and pages; 200 bodies are incomplete."""

    def are_full(*names: str) -> bool:
        now = lanes(site)
        return all(now[name]["in_use"] == now[name]["size"] for name in names)

    with ExitStack() as stack:
        stack.enter_context(locked_posts())
        stack.enter_context(repeated(*writes(site, token)))
        wait_until(lambda: are_full("writes") and lanes(site)["writes"]["waiting"])
        stack.enter_context(slow_bodies(site, 200))
        stack.enter_context(repeated(*slow_reads(site)))
        wait_until(lambda: are_full("clients", "writes", "searches", "django"))
        wait_until(lambda: lanes(site)["django"]["waiting"])
        read_hits_in_every_way(site)
        measured = seconds_of_probes(site)
        assert are_full("writes")
        states = lanes(site)
    assert all(states[name]["refused"] for name in ("clients", "searches"))
    # Half of them, because this process and the site share their cores with 48 clients.
    assert measured[len(measured) // 2] < PROBE_SECONDS
    assert measured[-1] < 1.0
    assert "lane full: requests refused" in site.log()


def test_each_slow_body_leaves_a_thread_for_the_next_hit(site: Site) -> None:
    """The server starts threads when it needs them. One that is busy is not counted as idle."""
    with ExitStack() as stack:
        for number in range(1, BODY_THREADS + 1):
            stack.enter_context(announce(site))
            wait_until(lambda n=number: lanes(site)["clients"]["in_use"] == n)  # type: ignore[misc] # mypy knows no type of n
            read_hits_in_every_way(site)


def test_clients_that_read_nothing_hold_no_thread(site: Site) -> None:
    """Three times as many as there are threads; each asks for more than any buffer holds."""
    get = f"GET {HIT} HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\n\r\n".encode()
    with ExitStack() as stack:
        for _ in range(3 * THREADS):
            client = socket.create_connection(("127.0.0.1", site.port), timeout=10)
            stack.enter_context(client)
            client.setblocking(False)
            with suppress(BlockingIOError):
                while True:
                    client.send(get * 100)
        read_hits_in_every_way(site)
