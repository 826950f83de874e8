"""Outages of Redis or a worker during traffic: no reader gets an error, and all recover."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import database_url
from tests.factories import PostFactory, UserFactory
from tests.servers import RedisServer
from tests.site import Site
from tests.unit.feed.reading import bearer
from tests.unit.feed.traffic import Traffic, Workers

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.redis,
    pytest.mark.postgres,
]

AGREE_SECONDS = 2.0  # within which workers agree while Redis is away
# For one answer, on a machine busy with two servers and this test; a call that waits without a
# time-out of ours takes 5 s, and each one does.
TOO_LONG_SECONDS = 1.5


@pytest.fixture(scope="module")
def _started(django_db_setup: None) -> Iterator[tuple[Workers, RedisServer]]:
    with ExitStack() as stack:
        redis_server = RedisServer()
        stack.callback(redis_server.kill)
        redis_server.start()
        env = {"DATABASE_URL": database_url(), "REDIS_URL": redis_server.url, "WEB_WORKERS": "1"}
        workers = Site(**env), Site(**env)
        for worker in workers:
            stack.callback(worker.close)
            worker.start()
        yield workers, redis_server


@pytest.fixture
def redis_of_workers(_started: tuple[Workers, RedisServer]) -> RedisServer:
    return _started[1]


@pytest.fixture
def workers(
    _started: tuple[Workers, RedisServer],
    transactional_db: None,
    wait_until: Callable[..., None],
) -> Workers:
    """Both workers use Redis, and have no page of an earlier test."""
    workers, server = _started
    with server.client() as client:
        client.flushall()
    for worker in workers:
        wait_until(lambda: health(worker)["status"] == "healthy")  # noqa: B023 -- called here
    return workers


def health(worker: Site) -> dict[str, Any]:
    answer: dict[str, Any] = worker.get("/health/cache").json()
    return answer


def killed(server: RedisServer) -> Callable[[], None]:
    server.kill()
    return server.start  # empty


def paused(server: RedisServer) -> Callable[[], None]:
    server.pause()
    return server.resume  # with all that it held before


@pytest.mark.timing
@pytest.mark.parametrize("away", [killed, paused], ids=lambda away: away.__name__)
def test_redis_outage_causes_no_error_and_no_stale_read_afterwards(
    away: Callable[[RedisServer], Callable[[], None]],
    workers: Workers,
    redis_of_workers: RedisServer,
    wait_until: Callable[..., None],
) -> None:
    author = bearer(UserFactory.create())
    here, there = workers
    old = PostFactory.create(content="OLD")
    PostFactory.create(content="KEPT")
    with Traffic([*workers, *workers]).running() as traffic:
        wait_until(lambda: traffic.answered_by_all(20, 0))
        comes_back = away(redis_of_workers)
        for worker in workers:
            wait_until(lambda: health(worker)["status"] == "degraded")  # noqa: B023 -- called here
            reported = health(worker)
            assert (reported["backend"], reported["scope"]) == ("memory", "process")
            assert reported["stats"]["redis_available"] is False

        owner = bearer(old.author)
        assert here.request("DELETE", f"/api/posts/{old.pk}/", headers=owner).status == 204
        deleted = time.monotonic()
        assert "OLD" not in here.get("/").text, "at once where it was written"
        assert (
            there.request("POST", "/api/posts/", body={"content": "NEW"}, headers=author).status
            == 201
        )
        written = time.monotonic()
        wait_until(lambda: time.monotonic() > written + AGREE_SECONDS)
        wait_until(lambda: traffic.answered_by_all(3, written + AGREE_SECONDS))

        comes_back()
        for worker in workers:
            wait_until(lambda: health(worker)["status"] == "healthy")  # noqa: B023 -- called here
        healed = time.monotonic()
        wait_until(lambda: traffic.answered_by_all(20, healed))

    assert {read.status for read in traffic.reads} == {200}
    assert max(read.ended - read.started for read in traffic.reads) < TOO_LONG_SECONDS
    agreed = traffic.since(written + AGREE_SECONDS)
    assert all(read.shows("KEPT") and read.shows("NEW") for read in agreed)
    assert not [read for read in traffic.since(deleted + AGREE_SECONDS) if read.shows("OLD")]
    assert not [read for read in traffic.since(deleted) if read.site is here and read.shows("OLD")]


def _workers_of(site: Site) -> list[int]:
    """The processes that the server started, as the kernel knows them."""
    assert site._process
    children = Path(f"/proc/{site._process.pid}/task/{site._process.pid}/children").read_text()
    return [int(pid) for pid in children.split()]


def test_killed_worker_loses_only_its_own_requests_and_is_replaced(
    serve: Callable[..., Site], redis_server: RedisServer, wait_until: Callable[..., None]
) -> None:
    author = bearer(UserFactory.create())
    # Redis gets its time: a busy machine is not what this is about.
    site = serve(REDIS_URL=redis_server.url, WEB_WORKERS="2", REDIS_TIMEOUT="2")
    before = _workers_of(site)
    with Traffic([site] * 4).running() as traffic:
        wait_until(lambda: traffic.answered_by_all(20, 0))
        os.kill(before[-1], signal.SIGKILL)
        killed = time.monotonic()
        wait_until(lambda: site.log().count("Started worker") == 3)
        replaced = time.monotonic()
        wait_until(lambda: traffic.answered_by_all(20, replaced))
    assert {read.status for read in traffic.reads} <= {200, 0}
    broken = [read for read in traffic.reads if read.status == 0]
    assert all(read.ended > killed for read in broken)
    # Each reader's request at hand, and one more that was let in while the process ended.
    assert len(broken) <= 2 * 4, "more than the killed worker had at hand"
    assert (
        site.request("POST", "/api/posts/", body={"content": "NEW"}, headers=author).status == 201
    )
    for _ in range(20):
        wait_until(lambda: "NEW" in site.get("/").text, 0.1)
