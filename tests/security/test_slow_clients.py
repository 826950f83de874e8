"""Clients with slow, missing or incomplete bodies: readers are served, partial bodies refused."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from http import HTTPStatus
from pathlib import Path

import pytest
from knox.models import AuthToken

from feedsite.lanes import server_threads
from posts.models import Post
from tests.factories import PostFactory, UserFactory
from tests.site import Site

pytestmark = pytest.mark.django_db(transaction=True)

BODY_THREADS = 4
READ_SECONDS = 1.0


@pytest.fixture
def token() -> str:
    return str(AuthToken.objects.create(UserFactory.create())[1])


@pytest.fixture
def site(keep_serving: Callable[..., Site], wait_until: Callable[..., None]) -> Site:
    """A site that is ready, without clients of the test before."""
    PostFactory.create()
    site = keep_serving(
        "slow clients", WEB_WORKERS="1", WEB_THREADS="4", BODY_THREADS=str(BODY_THREADS)
    )
    wait_until(lambda: site.get("/health/ready").status == HTTPStatus.OK)
    wait_until(lambda: site.get("/health/lanes").json()["lanes"]["clients"]["in_use"] == 0)
    return site


def announce(site: Site) -> socket.socket:
    """Open a connection and send 4 of the 100 bytes of a form's body.

    With a CSRF cookie, so that Django reads the form to check its token.
    """
    client = socket.create_connection(("127.0.0.1", site.port), timeout=10)
    client.sendall(b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n")
    client.sendall(b"Cookie: csrftoken=" + b"a" * 32 + b"\r\n")
    client.sendall(b"Content-Type: application/x-www-form-urlencoded\r\n\r\nlogi")
    return client


@contextmanager
def slow_bodies(site: Site, number: int) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        yield [stack.enter_context(announce(site)) for _ in range(number)]


def write(site: Site, token: str) -> HTTPStatus:
    headers = {"Authorization": f"Bearer {token}"}
    started = time.monotonic()
    reply = site.request("POST", "/api/posts/", body={"content": "Whole."}, headers=headers)
    assert time.monotonic() - started < READ_SECONDS
    return HTTPStatus(reply.status)


def assert_readers_are_served(site: Site, times: int = 50) -> None:
    for path in ("/api/feed/", "/", "/health/live", "/health/ready") * (times // 4):
        started = time.monotonic()
        assert site.get(path).status == HTTPStatus.OK
        assert time.monotonic() - started < READ_SECONDS


def threads_of_worker(site: Site) -> int:
    assert site._process
    workers = Path(f"/proc/{site._process.pid}/task/{site._process.pid}/children").read_text()
    counts = [len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in workers.split()]
    return max(counts)


@pytest.mark.timing
@pytest.mark.parametrize("trickle", [False, True], ids=["silent", "trickling"])
def test_readers_are_served_while_bodies_are_incomplete(site: Site, trickle: bool) -> None:
    with slow_bodies(site, 64) as clients:
        for _ in range(4):
            if trickle:
                for client in clients:
                    with suppress(OSError):  # refused connections are closed
                        client.sendall(b"x")
            assert_readers_are_served(site)


def test_writes_succeed_while_a_body_thread_is_free(
    site: Site, token: str, wait_until: Callable[..., None]
) -> None:
    with slow_bodies(site, BODY_THREADS - 1):
        for _ in range(5):
            assert write(site, token) == HTTPStatus.CREATED
        with slow_bodies(site, 1):
            wait_until(lambda: write(site, token) == HTTPStatus.SERVICE_UNAVAILABLE)
            assert_readers_are_served(site)
        wait_until(lambda: write(site, token) == HTTPStatus.CREATED)


def test_write_without_a_free_body_thread_is_answered_with_retry_after(
    site: Site, wait_until: Callable[..., None]
) -> None:
    def busy(path: str) -> bool:
        reply = site.request("POST", path, body={})
        return reply.status == HTTPStatus.SERVICE_UNAVAILABLE

    with slow_bodies(site, BODY_THREADS):
        wait_until(lambda: busy("/api/posts/"))
        api, page = (site.request("POST", path, body={}) for path in ("/api/posts/", "/posts/new/"))
    for reply in (api, page):
        assert reply.headers["Retry-After"] == "5"
        assert reply.headers["Cache-Control"] == "no-store"
    assert api.headers["Content-Type"] == "application/problem+json"
    assert api.json()["status"] == HTTPStatus.SERVICE_UNAVAILABLE
    assert page.headers["Content-Type"].startswith("text/html")


def test_threads_of_disconnected_clients_are_released(
    site: Site, token: str, wait_until: Callable[..., None]
) -> None:
    for _ in range(3):
        with slow_bodies(site, 64):
            assert_readers_are_served(site, 8)
        wait_until(lambda: write(site, token) == HTTPStatus.CREATED)
    # All body threads are free again.
    with slow_bodies(site, BODY_THREADS - 1):
        assert write(site, token) == HTTPStatus.CREATED
    assert threads_of_worker(site) < server_threads(web_threads=4, body_threads=BODY_THREADS) + 20


@pytest.mark.parametrize("sending", ["close", "half-close"])
def test_incomplete_body_publishes_nothing(site: Site, token: str, sending: str) -> None:
    """A truncated text can be valid by itself, as `Do not` of `Do not fire`."""
    before = Post.objects.count()
    body = json.dumps({"content": "Do not"}).encode()
    head = (
        f"POST /api/posts/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body) + 10}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as client:
        client.sendall(head.encode() + body)
        if sending == "half-close":
            client.shutdown(socket.SHUT_WR)
            answer = client.recv(10_000)
            assert answer.startswith(b"HTTP/1.1 400 ")
            assert b"application/problem+json" in answer
    assert write(site, token) == HTTPStatus.CREATED
    assert [post.content for post in Post.objects.order_by("pk")[before:]] == ["Whole."]


def test_chunked_body_is_refused(site: Site, token: str) -> None:
    head = (
        f"POST /api/posts/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as client:
        client.sendall(head.encode() + b'11\r\n{"content": "No"}\r\n0\r\n\r\n')
        assert client.recv(10_000).startswith(b"HTTP/1.1 411 ")


def test_read_does_not_wait_for_its_body(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", site.port), timeout=READ_SECONDS) as client:
        client.sendall(
            b"GET /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
        )
        assert client.recv(100).startswith(b"HTTP/1.1 200 ")


def test_too_large_body_is_refused_before_it_is_sent(site: Site, token: str) -> None:
    head = (
        f"POST /api/posts/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nContent-Length: 300000000\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", site.port), timeout=READ_SECONDS) as client:
        client.sendall(head.encode())
        assert client.recv(10_000).startswith(b"HTTP/1.1 413 ")
