"""The queue: attempts and their delays, leases, transactions, counts."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from background import task_queue
from background.task_queue import LEASE_SECONDS, MAX_ATTEMPTS, Row
from tests.unit.background import sample_tasks

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def claimed() -> Row:
    row = task_queue.claim("default", "a worker", now=timezone.now())
    assert row is not None
    return row


def stored() -> Row:
    return DBTaskResult.objects.get()


def test_task_that_is_done_is_deleted(tmp_path: Path) -> None:
    sample_tasks.note.enqueue(str(tmp_path / "notes"), "hello")
    task_queue.run(claimed())
    assert (tmp_path / "notes").read_text().startswith("hello ")
    assert not DBTaskResult.objects.exists()


def test_claimed_task_is_not_claimed_again() -> None:
    sample_tasks.fail.enqueue("secret")
    claimed()
    assert task_queue.claim("default", "another", now=timezone.now()) is None


def test_queue_has_only_its_own_tasks() -> None:
    sample_tasks.fail.enqueue("secret")
    assert task_queue.claim("mail", "a worker", now=timezone.now()) is None


def test_delay_grows_threefold_up_to_an_hour() -> None:
    delays = [
        task_queue.retry_delay_seconds(attempt, chance=lambda: 0.5)
        for attempt in range(1, MAX_ATTEMPTS)
    ]
    assert delays == [15, 45, 135, 405, 1215, *[3600] * 6]
    assert task_queue.retry_delay_seconds(1, chance=lambda: 0.0) == 15 * 0.75
    assert task_queue.retry_delay_seconds(1, chance=lambda: 1.0) == 15 * 1.25


def test_failed_task_is_tried_again_after_its_delay_and_given_up_at_last(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sample_tasks.fail.enqueue("secret")
    now = NOW
    for attempt in range(1, MAX_ATTEMPTS):
        row = task_queue.claim("default", "a worker", now=now)
        assert row is not None
        task_queue.run(row, clock=lambda: now)  # noqa: B023 -- it is called before `now` changes
        delay = (stored().run_after - now).total_seconds()
        plain = task_queue.retry_delay_seconds(attempt, chance=lambda: 0.5)
        assert 0.75 * plain <= delay <= 1.25 * plain
        assert task_queue.claim("default", "a worker", now=now + timedelta(seconds=1)) is None
        now = stored().run_after
    assert "task failed and will be tried again" in caplog.text
    row = task_queue.claim("default", "a worker", now=now)
    assert row is not None
    task_queue.run(row, clock=lambda: now)
    given_up = stored()
    assert (given_up.status, given_up.finished_at) == ("FAILED", now)
    assert given_up.exception_class_path == "builtins.ValueError"
    assert given_up.args_kwargs == task_queue.NO_ARGUMENTS
    assert "task given up" in caplog.text
    assert task_queue.claim("default", "a worker", now=now + timedelta(days=1)) is None


def test_permanent_error_is_not_tried_again_and_arguments_are_forgotten() -> None:
    sample_tasks.fail_for_ever.enqueue("secret")
    task_queue.run(claimed())
    assert (stored().status, stored().args_kwargs) == ("FAILED", task_queue.NO_ARGUMENTS)


def test_task_of_another_release_waits_for_a_worker_that_knows_it() -> None:
    sample_tasks.fail.enqueue("secret")
    DBTaskResult.objects.update(task_path="tests.unit.background.sample_tasks.not_yet")
    task_queue.run(claimed())
    assert (stored().status, stored().args_kwargs["args"]) == ("READY", ["secret"])


def test_task_of_a_killed_worker_returns_to_the_queue_after_its_lease() -> None:
    sample_tasks.fail.enqueue("secret")
    first = claimed()
    assert first.started_at
    task_queue.reap(first.started_at + timedelta(seconds=LEASE_SECONDS - 1))
    assert stored().status == "RUNNING"
    task_queue.reap(first.started_at + timedelta(seconds=LEASE_SECONDS + 1))
    assert stored().status == "READY"
    assert task_queue.claim("default", "next", now=first.started_at + timedelta(days=1)) == first


def test_renewed_task_keeps_its_worker() -> None:
    sample_tasks.fail.enqueue("secret")
    row = claimed()
    later = timezone.now() + timedelta(seconds=LEASE_SECONDS)
    task_queue.renew([row.pk], now=later)
    task_queue.reap(later + timedelta(seconds=LEASE_SECONDS - 1))
    assert stored().status == "RUNNING"
    task_queue.run(row)  # a renewal does not take the task away
    assert stored().status == "READY"


def test_task_that_kills_each_worker_is_given_up() -> None:
    sample_tasks.fail.enqueue("secret")
    now = timezone.now()
    for _ in range(MAX_ATTEMPTS):
        assert task_queue.claim("default", "a worker", now=now + timedelta(days=1))
        task_queue.reap(now + timedelta(days=1))
    assert (stored().status, stored().args_kwargs) == ("FAILED", task_queue.NO_ARGUMENTS)


def test_worker_that_lost_its_task_does_not_return_it_to_the_queue() -> None:
    sample_tasks.fail.enqueue("secret")
    slow = claimed()
    now = timezone.now()
    task_queue.reap(now + timedelta(days=1))
    assert task_queue.claim("default", "next", now=now + timedelta(days=2))
    task_queue.run(slow)
    assert (stored().status, stored().worker_ids) == ("RUNNING", ["a worker", "next"])


@pytest.mark.django_db(transaction=True)
def test_task_of_a_rolled_back_transaction_never_was() -> None:
    def failing() -> None:
        with transaction.atomic():
            sample_tasks.fail.enqueue("secret")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    assert task_queue.claim("default", "a worker", now=timezone.now()) is None
    assert not DBTaskResult.objects.exists()


def test_failed_tasks_are_pruned_after_two_weeks() -> None:
    for age in (timedelta(days=13), timedelta(days=15)):
        sample_tasks.fail_for_ever.enqueue("secret")
        task_queue.run(claimed(), clock=lambda: NOW - age)  # noqa: B023 -- it is called at once
    sample_tasks.fail.enqueue("secret")
    task_queue.prune(NOW)
    left = DBTaskResult.objects.values_list("status", "finished_at").order_by("status")
    assert list(left) == [("FAILED", NOW - timedelta(days=13)), ("READY", None)]


def test_counts_are_those_of_the_queue() -> None:
    assert task_queue.counts(NOW) == {
        "waiting": 0,
        "running": 0,
        "failed": 0,
        "oldest_waiting_seconds": 0.0,
    }
    sample_tasks.fail_for_ever.enqueue("secret")
    task_queue.run(claimed())
    for _ in range(3):
        sample_tasks.fail.enqueue("secret")
    claimed()
    DBTaskResult.objects.filter(status="READY").update(enqueued_at=NOW - timedelta(minutes=1))
    assert task_queue.counts(NOW) == {
        "waiting": 2,
        "running": 1,
        "failed": 1,
        "oldest_waiting_seconds": 60.0,
    }
