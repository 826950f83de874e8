"""nginx under floods of requests, and the headers of nginx's own responses."""

import asyncio
import json
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from feed.verification.http_client import Reply
from tests.deploy.edge import INSIDE, NAME, OUTSIDE, Edge
from tests.factories import PostFactory
from tests.processes import wait_until
from tests.site import Site
from tests.unit.feed.traffic import FEED

Behind = Callable[..., tuple[Edge, Site]]
CLOSED_PORT = "127.0.0.1:1"  # no site listens there
SECURITY = {
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def is_problem(reply: Reply, status: int) -> bool:
    problem = json.loads(reply.body)
    return (
        reply.status == problem["status"] == status
        and reply.headers["Content-Type"] == "application/problem+json"
        and problem["type"] in {"about:blank", "/api/problems/outcome_unknown/"}
        and bool(problem["title"] and problem["detail"])
    )


@pytest.fixture
def static(tmp_path: Path) -> Path:
    tmp_path.chmod(0o755)
    (tmp_path / "site.0123456789ab.css").write_text("a {}")
    return tmp_path


def test_responses_of_nginx_have_the_headers_of_the_site(
    put_edge: Callable[..., Edge], static: Path
) -> None:
    edge = put_edge(CLOSED_PORT, static=static)
    answers = {
        502: edge.get("/"),
        403: edge.request("GET", "/health/live", client=OUTSIDE),
        413: edge.request("POST", "/accounts/login/", body=b"x" * 300_000),
        200: edge.get("/static/site.0123456789ab.css"),
    }
    for status, reply in answers.items():
        assert reply.status == status
        policy = reply.headers["Content-Security-Policy"]
        assert policy == "default-src 'none'; frame-ancestors 'none'"
        assert {name: reply.headers[name] for name in SECURITY} == SECURITY


def test_page_without_an_answer_says_that_a_form_can_be_sent_again(
    put_edge: Callable[..., Edge],
) -> None:
    reply = put_edge(CLOSED_PORT).request("POST", "/posts/new/", body=b"content=a")
    assert (reply.status, reply.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
    assert "it is not written twice" in reply.text
    assert reply.headers.get_all("Retry-After") == ["5"]


@pytest.mark.redis
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("s_maxage", [0, 60])
def test_headers_of_the_site_are_not_repeated(behind: Behind, s_maxage: int) -> None:
    edge, _ = behind(s_maxage=s_maxage)
    PostFactory.create()
    paths = ["/", FEED, FEED, "/nothing/", "/api/nothing/", "/accounts/login/"]
    for path in [*paths, "/static/feed/style.css"]:
        reply = edge.get(path)
        for name, value in SECURITY.items():
            assert reply.headers.get_all(name) == [value], (path, name)
        assert len(reply.headers.get_all("Content-Security-Policy") or []) == 1, path
        assert len(reply.headers.get_all("Cache-Control") or []) <= 1, path
    cache_status = edge.get(FEED).headers.get("X-Cache-Status")
    assert cache_status == ("HIT" if s_maxage else None)


def test_errors_of_nginx_for_programs_are_problems_with_retry_after(
    put_edge: Callable[..., Edge],
) -> None:
    edge = put_edge(CLOSED_PORT)
    for path in (FEED, "/api/posts/1/"):
        unavailable = edge.get(path)
        assert is_problem(unavailable, 502)
        assert unavailable.headers.get_all("Retry-After") == ["5"]
        assert unavailable.json()["code"] == "outcome_unknown"
        assert "Idempotency-Key" in unavailable.json()["detail"]
    large = edge.request("POST", "/api/posts/1/comments/", body=b"x" * 300_000)
    assert is_problem(large, 413)
    assert "Retry-After" not in large.headers
    replies = [edge.request("POST", "/api/posts/", client=OUTSIDE) for _ in range(150)]
    stopped = [reply for reply in replies if reply.status == 429]
    assert is_problem(stopped[0], 429)
    assert stopped[0].headers.get_all("Retry-After") == ["5"]
    page = edge.get("/")
    assert page.headers["Content-Type"].startswith("text/html")
    assert page.headers["Retry-After"] == "5"


def test_too_many_reads_from_one_address_are_answered_with_429(
    put_edge: Callable[..., Edge], static: Path
) -> None:
    edge = put_edge(CLOSED_PORT, static=static)
    count = 900  # below the limit of requests per connection
    head = f"GET /static/site.0123456789ab.css HTTP/1.1\r\nHost: {NAME}\r\n"
    flood = f"{head}\r\n" * count + f"{head}Connection: close\r\n\r\n"

    def send_flood(_: int) -> bytes:
        with (
            socket.create_connection(
                (INSIDE, edge.port), timeout=30, source_address=(OUTSIDE, 0)
            ) as plain,
            edge.tls.wrap_socket(plain, server_hostname=NAME) as connection,
        ):
            connection.sendall(flood.encode())
            return b"".join(iter(lambda: connection.recv(65_536), b""))

    with ThreadPoolExecutor(4) as threads:
        answers = b"".join(threads.map(send_flood, range(4)))
    assert answers.count(b"HTTP/1.1 429 ") > 100
    assert answers.count(b"HTTP/1.1 200 ") > 1_000  # enough for many clients behind one address
    assert (
        edge.get("/static/site.0123456789ab.css").status == 200
    )  # other addresses are not limited


def test_concurrent_requests_of_one_address_are_limited(
    put_edge: Callable[..., Edge],
) -> None:
    async def ask(edge: Edge, ready: asyncio.Barrier) -> bytes:
        reader, writer = await asyncio.open_connection(
            INSIDE, edge.port, ssl=edge.tls, server_hostname=NAME, local_addr=(OUTSIDE, 0)
        )
        await ready.wait()
        writer.write(f"GET / HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode())
        try:
            return await reader.read()
        finally:
            writer.close()
            writer.transport.abort()

    async def ask_all(edge: Edge, count: int) -> list[bytes]:
        ready = asyncio.Barrier(count)
        asking = [asyncio.create_task(ask(edge, ready)) for _ in range(count)]
        done: set[asyncio.Task[bytes]] = set()
        async with asyncio.timeout(60):
            while len(done) < count - 256:
                done, _ = await asyncio.wait(asking, return_when="FIRST_COMPLETED", timeout=0.1)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        await asyncio.sleep(0.2)  # the event loop closes aborted connections
        return [task.result() for task in done]

    # A server that accepts connections and sends nothing.
    with socket.create_server((INSIDE, 0), backlog=1_000) as silent:
        edge = put_edge(f"{INSIDE}:{silent.getsockname()[1]}")
        with ThreadPoolExecutor(1) as thread:
            refused = thread.submit(lambda: asyncio.run(ask_all(edge, 300))).result()
    assert len(refused) >= 44
    assert all(answer.startswith(b"HTTP/1.1 429 ") for answer in refused)
    assert all(b"Retry-After: 5" in answer for answer in refused)


def test_acme_challenges_are_answered_without_tls(
    put_edge: Callable[..., Edge],
) -> None:
    edge = put_edge(CLOSED_PORT)
    challenges = edge.directory / "acme/.well-known/acme-challenge"
    challenges.mkdir(parents=True)
    (challenges / "token").write_text("token.key")
    reply = edge.request("GET", "/.well-known/acme-challenge/token", tls=False)
    assert (reply.status, reply.text) == (200, "token.key")
    assert edge.request("GET", "/.well-known/security.txt", tls=False).status == 308


def test_nginx_listens_on_ipv6(put_edge: Callable[..., Edge]) -> None:
    edge = put_edge(CLOSED_PORT)
    address = edge.second_host
    wait_until(lambda: edge.request("GET", "/", tls=False).status == 308)
    with (
        socket.create_connection((address, edge.port), timeout=10) as plain,
        edge.tls.wrap_socket(plain, server_hostname=NAME) as connection,
    ):
        connection.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 502 ")
