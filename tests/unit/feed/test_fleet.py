"""Two workers in two processes over one Redis: the contract of the fleet."""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from feed.cache import feed_cache
from posts.models import Mute, Post, User
from tests.conftest import database_url
from tests.factories import PostFactory, UserFactory
from tests.site import Site
from tests.unit.feed.outages import database_away
from tests.unit.feed.reading import bearer
from tests.unit.feed.statements import Statements, logged
from tests.unit.feed.traffic import FEED, Traffic, Workers, all_at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.redis,
    pytest.mark.postgres,
]

X_SECONDS = 0.1  # the contract's X


@pytest.fixture(scope="module")
def statements(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Statements]:
    with django_db_blocker.unblock(), logged() as statements:
        yield statements


@pytest.fixture(scope="module")
def _started(statements: Statements) -> Iterator[Workers]:
    """Two servers of one worker each, so that a test knows which worker it reads from.

    Redis gets its time: that this machine is busy is not the outage that these tests are about.
    """
    with ExitStack() as stack:
        env = {"DATABASE_URL": database_url(), "WEB_WORKERS": "1", "REDIS_TIMEOUT": "2"}
        workers = Site(**env), Site(**env)
        for worker in workers:
            stack.callback(worker.close)
            worker.start()
        yield workers


@pytest.fixture
def workers(_started: Workers, transactional_db: None) -> Iterator[Workers]:
    """Both workers know that the feed is empty."""
    for worker in _started:
        assert worker.get(FEED, Authorization="asks for what is new").json()["posts"] == []
    yield _started
    # This process counts into the same Redis, and the next test counts to the figure.
    assert feed_cache().metrics.flush()


@pytest.fixture
def author() -> dict[str, str]:
    """The headers of one."""
    return bearer(UserFactory.create(username="ada"))


def holds_within(seconds: float, condition: Callable[[], bool]) -> None:
    """Expect the condition to hold `seconds` from now at the latest."""
    began = time.monotonic()
    while True:
        asked = time.monotonic()
        if condition():
            return
        assert asked < began + seconds, "asked in time, and it did not hold"


@pytest.mark.timing
@pytest.mark.parametrize("writer", [0, 1])
def test_post_and_its_deletion_show_on_every_page_of_every_worker_in_time(
    writer: int, workers: Workers, author: dict[str, str]
) -> None:
    here, there = workers[writer], workers[1 - writer]

    def shown(worker: Site, content: str) -> set[bool]:
        return {content in worker.get(path).text for path in (FEED, "/", "/authors/ada/")}

    for number in range(5):
        content = f"Post number {number} of worker {writer}"
        assert shown(here, content) == shown(there, content) == {False}
        created = here.request("POST", "/api/posts/", body={"content": content}, headers=author)
        assert created.status == 201
        assert shown(here, content) == {True}, "at once where it was written"
        holds_within(X_SECONDS, lambda: shown(there, content) == {True})  # noqa: B023 -- called here
        path = created.headers["Location"]
        assert here.request("DELETE", path, headers=author).status == 204
        assert shown(here, content) == {False}
        holds_within(X_SECONDS, lambda: shown(there, content) == {False})  # noqa: B023 -- the same


def test_author_reads_their_write_at_once_from_any_worker(
    workers: Workers, author: dict[str, str]
) -> None:
    here, there = workers
    session = Client()
    session.force_login(User.objects.get(username="ada"))
    cookie = {"Cookie": f"sessionid={session.cookies['sessionid'].value}"}
    for number in range(10):
        there.get(FEED)  # it has just confirmed the generation, and would trust it
        body = {"content": f"Mine {number}"}
        assert here.request("POST", "/api/posts/", body=body, headers=author).status == 201
        page, sent = ("/", cookie) if number % 2 else (FEED, author)
        assert body["content"] in there.request("GET", page, headers=sent).text


def test_mute_hides_posts_at_once_on_every_worker(workers: Workers, author: dict[str, str]) -> None:
    post = PostFactory.create(content="THEIRS")
    session = Client()
    session.force_login(User.objects.get(username="ada"))
    cookie = {"Cookie": f"sessionid={session.cookies['sessionid'].value}"}

    def seen(worker: Site) -> bool:
        page = worker.request("GET", "/", headers=cookie).text
        (card,) = re.findall(rf'<article[^>]* id="post-{post.pk}"[^>]*>', page)
        assert "THEIRS" in worker.get("/").text, "others still see it"
        return not card.endswith(" hidden>")

    for number in range(5):
        here, there = workers[number % 2], workers[1 - number % 2]
        assert seen(here)
        assert seen(there)
        # As another worker does it, which is this process.
        mute = Mute.objects.create(user=User.objects.get(username="ada"), muted=post.author)
        assert not seen(here)
        assert not seen(there)
        mute.delete()


@pytest.mark.timing
def test_likes_are_visible_within_a_second_and_a_half(
    workers: Workers, author: dict[str, str]
) -> None:
    path = f"/api/posts/{PostFactory.create().pk}/like/"

    def likes(worker: Site) -> int:
        (shown,) = worker.get(FEED).json()["posts"]
        return int(shown["likes_count"])

    for worker in workers:
        holds_within(X_SECONDS, lambda: bool(worker.get(FEED).json()["posts"]))  # noqa: B023 -- called here
    for method, count in (("PUT", 1), ("DELETE", 0)):
        assert workers[0].request(method, path, headers=author).status == 200
        for worker in workers:
            holds_within(1.5, lambda: likes(worker) == count)  # noqa: B023 -- called here


@pytest.mark.timing
def test_no_response_holds_rolled_back_data(
    workers: Workers, wait_until: Callable[..., None]
) -> None:
    author = UserFactory.create()
    with Traffic([*workers, *workers]).running() as traffic:
        for number in range(30):
            with transaction.atomic():
                Post.objects.create(author=author, content="NEVER COMMITTED")
                # Readers load just now: another's write has ended the generation.
                feed_cache().invalidate("test")
                asked = time.monotonic()
                wait_until(lambda: traffic.answered_by_all(1, asked))  # noqa: B023 -- called here
                transaction.set_rollback(True)
            Post.objects.create(author=author, content=f"committed {number}")
        asked = time.monotonic() + X_SECONDS
        wait_until(lambda: traffic.answered_by_all(3, asked))
    assert {read.status for read in traffic.reads} == {200}
    assert not [read for read in traffic.reads if read.shows("NEVER COMMITTED")]
    assert all(read.shows("committed 29") for read in traffic.since(asked))


def counts(worker: Site) -> dict[str, int]:
    """Return the fleet's current counts. A worker adds its own counts before it answers.

    A worker that is asked too often repeats its last response.
    """
    asked_at, health = datetime.now(UTC), dict[str, Any]()
    while not health or datetime.fromisoformat(health["as_of"]) < asked_at:
        health = worker.get("/health/cache").json()
    assert (health["status"], health["backend"], health["scope"]) == ("healthy", "redis", "fleet")
    stats: dict[str, int] = health["stats"]
    per_process = {"memory_cache_size", "hit_rate_percent", "redis_available"}
    return {event: count for event, count in stats.items() if event not in per_process}


class Counted:
    """The counts of the whole fleet since this object was made."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._before: dict[str, int] = {}
        self._before = self.now()

    def now(self) -> dict[str, int]:
        """Ask until all workers report the same counts, so that none is still to be sent."""
        while True:
            reports = [counts(worker) for worker in self._workers * 2]
            if all(each == reports[0] for each in reports):
                break
        return {event: count - self._before.get(event, 0) for event, count in reports[0].items()}

    def reads(self) -> int:
        now = self.now()
        return sum(now[event] for event in ("hits", "stale_hits", "misses", "bypasses"))


def test_each_worker_reports_the_counts_of_all(
    workers: Workers, author: dict[str, str], wait_until: Callable[..., None]
) -> None:
    counted = Counted(workers)
    for worker, reads in zip(workers, (37, 23), strict=True):
        for _ in range(reads):
            assert worker.get(FEED).status == 200
        created = worker.request("POST", "/api/posts/", body={"content": "x"}, headers=author)
        assert created.status == 201
        like = f"/api/posts/{created.json()['id']}/like/"
        assert worker.request("PUT", like, headers=author).status == 200
    wait_until(lambda: counted.reads() == 60)
    now = counted.now()
    assert (now["invalidations"], now["count_invalidations"]) == (2, 2)
    assert (now["errors"], now["lost_invalidations"], now["bypasses"]) == (0, 0, 0)


@pytest.mark.parametrize("path", [FEED, f"{FEED}?limit=7"])
def test_five_hundred_readers_of_an_uncached_page_cost_one_query(
    path: str, workers: Workers, statements: Statements, wait_until: Callable[..., None]
) -> None:
    PostFactory.create_batch(30)
    counted = Counted(workers)
    statements.forget()
    answers = all_at_once(workers, 500, path)
    assert {status for status, _ in answers} == {200}
    assert len({str(page) for _, page in answers}) == 1
    wait_until(lambda: counted.reads() == 500)
    # A worker that has been there for a while doubts one of its hits meanwhile.
    wait_until(lambda: len(statements.page_loads()) == 1 + counted.now()["self_checks"])
    now = counted.now()
    assert (now["misses"], now["fills"], now["discarded_fills"]) == (1, 1, 0)


def test_thousand_reads_with_some_writes_are_mostly_hits(
    workers: Workers, statements: Statements, wait_until: Callable[..., None]
) -> None:
    counted = Counted(workers)
    statements.forget()
    for number in range(1_000):
        if number % 100 == 0:
            PostFactory.create(content=f"Write {number}")
        assert workers[number % 2].get(FEED).status == 200
    # Without a cache each read is a query. The writes are this process's, and not in the log.
    queries, loads = len(statements.reads()), len(statements.page_loads())
    # A reader within 50 ms of a write may still be shown the page of before.
    assert 5 <= loads <= queries <= 50
    wait_until(lambda: counted.reads() == 1_000)
    now = counted.now()
    assert now["hits"] + now["stale_hits"] > 950
    # Workers compare a hit with the database now and then, to check themselves; one of each may be
    # under way.
    assert now["misses"] <= loads <= now["misses"] + now["self_checks"] + len(workers)


def test_database_outage_gives_last_good_pages_or_503_and_never_500(
    workers: Workers, wait_until: Callable[..., None]
) -> None:
    PostFactory.create(content="Last good")
    for worker in workers:
        wait_until(lambda: "Last good" in worker.get("/").text)  # noqa: B023 -- called here
    with database_away(), ThreadPoolExecutor() as pool:
        feed_cache().invalidate("test")
        time.sleep(X_SECONDS)  # from now on both know that their page is old
        warm = [pool.submit(worker.get, "/") for worker in workers]
        cold = [pool.submit(worker.get, f"{FEED}?limit=3") for worker in workers]
        for reply in (read.result() for read in warm):
            assert reply.status == 200
            assert "Last good" in reply.text
            assert 'class="notice' in reply.text
            assert 'detail="database down"' in reply.headers["Cache-Status"]
            assert int(reply.headers["Age"]) < 10
        for reply in (read.result() for read in cold):
            assert reply.status == 503
            assert reply.headers["Retry-After"] == "5"
            assert reply.headers["Content-Type"] == "application/problem+json"
    for worker in workers:
        wait_until(lambda: "database down" not in str(worker.get("/").headers))  # noqa: B023 -- called here
