"""The running service compares hits with the database, and reports stale ones."""

import threading
from collections.abc import Callable

import pytest
from django.db import OperationalError, connection
from django.test import Client

from feed.cache import feed_cache
from posts.models import Post
from tests.factories import PostFactory
from tests.unit.freshcache.fleet import Clock, Fleet, Worker

EVERY_SECONDS = 5.0


def checking(fleet: Fleet) -> Worker:
    return fleet.worker(self_check_seconds=EVERY_SECONDS, wait_seconds=0.2)


def checks(worker: Worker) -> tuple[int, int]:
    counts = worker.cache.metrics.counts()
    return counts["self_checks"], counts["stale_total"]


def is_idle(worker: Worker) -> bool:
    return not any(thread.name == "freshcache-self-check" for thread in threading.enumerate())


@pytest.fixture
def worker(fleet: Fleet, clock: Clock) -> Worker:
    """A worker with a page in memory, and a check due."""
    worker = checking(fleet)
    clock.advance(EVERY_SECONDS)
    worker.read()
    return worker


def test_hit_equal_to_the_database_is_counted(
    worker: Worker, wait_until: Callable[..., None]
) -> None:
    assert worker.version() == 0
    wait_until(lambda: is_idle(worker))
    assert checks(worker) == (1, 0)


def test_unannounced_change_is_found_logged_and_invalidated(
    worker: Worker, wait_until: Callable[..., None]
) -> None:
    worker.source.commit()
    assert worker.version() == 0, "stale, but no announcement shows it"
    wait_until(lambda: is_idle(worker))
    assert checks(worker) == (1, 1)
    assert worker.version() == 1


def test_change_whose_announcement_is_late_is_not_counted_as_stale(
    worker: Worker, fleet: Fleet, wait_until: Callable[..., None]
) -> None:
    worker.source.during = lambda: worker.cache.invalidate("late")
    worker.source.commit()
    assert worker.version() == 0
    wait_until(lambda: is_idle(worker))
    assert checks(worker) == (0, 0)


def test_old_counts_are_not_counted_as_stale(
    worker: Worker, wait_until: Callable[..., None]
) -> None:
    worker.like()
    assert worker.version() == 0
    wait_until(lambda: is_idle(worker))
    assert checks(worker) == (0, 0)


def test_checks_are_limited_to_one_in_so_many_seconds(
    worker: Worker, clock: Clock, wait_until: Callable[..., None]
) -> None:
    for _ in range(50):
        worker.read()
        wait_until(lambda: is_idle(worker))
    assert (checks(worker), worker.source.loads) == ((1, 0), 2)
    clock.advance(EVERY_SECONDS)
    worker.read()
    wait_until(lambda: is_idle(worker))
    assert (checks(worker), worker.source.loads) == ((2, 0), 3)


def test_self_check_can_be_switched_off(fleet: Fleet, clock: Clock) -> None:
    worker = fleet.worker(self_check_seconds=0.0)
    worker.read()
    clock.advance(EVERY_SECONDS)
    worker.read()
    assert (worker.source.loads, checks(worker)) == (1, (0, 0))


def test_reader_does_not_wait_for_the_check_and_one_runs_at_a_time(
    worker: Worker, clock: Clock, wait_until: Callable[..., None]
) -> None:
    gate = threading.Event()
    worker.source.during = lambda: gate.wait(20)
    worker.read()
    wait_until(lambda: worker.source.loads == 2)
    clock.advance(EVERY_SECONDS)
    assert worker.version() == 0
    assert worker.source.loads == 2
    gate.set()
    wait_until(lambda: is_idle(worker))
    assert checks(worker) == (1, 0)


def test_unannounced_delete_is_counted_as_stale(
    worker: Worker, wait_until: Callable[..., None]
) -> None:
    worker.source.error = Post.DoesNotExist()
    assert worker.version() == 0
    wait_until(lambda: is_idle(worker))
    assert checks(worker) == (1, 1)
    with pytest.raises(Post.DoesNotExist):
        worker.read()


@pytest.mark.parametrize("error", [OperationalError("away"), ValueError("another error")])
def test_load_that_fails_is_no_finding_and_checks_continue(
    error: Exception, worker: Worker, clock: Clock, wait_until: Callable[..., None]
) -> None:
    worker.source.error = error
    worker.read()
    wait_until(lambda: is_idle(worker))
    assert checks(worker) == (0, 0)
    worker.source.error = None
    clock.advance(EVERY_SECONDS)
    worker.read()
    wait_until(lambda: is_idle(worker))
    assert checks(worker) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_self_check_finds_raw_sql_in_the_feed(
    client: Client, wait_until: Callable[..., None]
) -> None:
    post = PostFactory.create(content="BEFORE")
    cache = feed_cache()
    cache.self_check.due_at = 0.0
    client.get("/api/feed/")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE posts_post SET content = 'RAW' WHERE id = %s", [post.pk])
    assert b"BEFORE" in client.get("/api/feed/").content
    wait_until(lambda: cache.metrics.counts()["stale_total"] == 1)
    assert b"RAW" in client.get("/api/feed/").content
