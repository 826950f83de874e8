"""The queue: claim a task, run it, try it again later or give it up.

Tasks are rows of django_tasks_db, so they are stored in the transaction that enqueues them. A task
runs at least once. It runs again after an error, and after its worker was killed, so each task must
be harmless if it runs twice.
"""

import random
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from traceback import format_exception
from typing import Any, TypedDict
from uuid import UUID

import structlog
from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max
from django_tasks_db.utils import exclusive_transaction, retry

from background.errors import PermanentError

log = structlog.stdlib.get_logger(__name__)

Row = DBTaskResult[..., Any]

# With these, the last attempt is about six and a half hours after the first.
MAX_ATTEMPTS = 12
FIRST_DELAY_SECONDS = 15.0
DELAY_FACTOR = 3
MAX_DELAY_SECONDS = 3600.0
# Tasks that failed together are not tried again together.
JITTER = 0.25
# A worker renews `started_at` of its tasks. One that was not renewed for so long has no worker.
LEASE_SECONDS = 60.0
# Failed tasks, without their arguments, are kept for operators.
KEEP_FAILED = timedelta(days=14)
NO_ARGUMENTS: dict[str, Any] = {"args": [], "kwargs": {}}


class Counts(TypedDict):
    """Tasks in the queue. `waiting` includes those that failed and will be tried again."""

    waiting: int
    running: int
    failed: int
    oldest_waiting_seconds: float


def retry_delay_seconds(attempt: int, *, chance: Callable[[], float] = random.random) -> float:
    """Return the time from the failed attempt with this number, from 1, to the next one."""
    delay = min(FIRST_DELAY_SECONDS * float(DELAY_FACTOR) ** (attempt - 1), MAX_DELAY_SECONDS)
    return delay * (1 - JITTER + 2 * JITTER * chance())


def claim(queue: str, worker_id: str, *, now: datetime) -> Row | None:
    """Take the next task that is due, for this worker alone; None if there is none."""
    due = DBTaskResult.objects.filter(status=TaskResultStatus.READY, queue_name=queue).filter(
        Q(run_after=get_date_max()) | Q(run_after__lte=now)
    )
    if not due.exists():  # on SQLite, claiming locks the database
        return None
    with exclusive_transaction(due.db):
        row: Row | None = due.get_locked()
        if row is not None:
            row.claim(worker_id)
    return row


def run(row: Row, *, clock: Callable[[], datetime] = timezone.now) -> None:
    """Run a claimed task and delete its row; after an error, plan the next attempt."""
    try:
        arguments = row.args_kwargs
        row.task.call(*arguments["args"], **arguments["kwargs"])
    except PermanentError as error:
        _give_up(row, error, clock())
    except Exception as error:  # noqa: BLE001 -- a task may fail with any error
        _try_again(row, error, clock())
    else:
        _delete(row)
        log.info("task done", **_described(row))


def renew(pks: Iterable[UUID], *, now: datetime) -> None:
    """Extend the leases of tasks that a worker is running."""
    running = DBTaskResult.objects.filter(pk__in=list(pks), status=TaskResultStatus.RUNNING)
    running.update(started_at=now)


def reap(now: datetime) -> None:
    """Put tasks whose worker was killed back into the queue. Safe in several workers at once."""
    expired = now - timedelta(seconds=LEASE_SECONDS)
    for row in DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING, started_at__lt=expired):
        error = TimeoutError("The worker of this task was killed, or lost the database.")
        if len(row.worker_ids) >= MAX_ATTEMPTS:
            _give_up(row, error, now)
        elif _held(row).update(status=TaskResultStatus.READY, run_after=now):
            log.warning("task returned to the queue", **_described(row))


def prune(now: datetime) -> None:
    """Delete old failed tasks."""
    DBTaskResult.objects.failed().filter(finished_at__lt=now - KEEP_FAILED).delete()


def counts(now: datetime) -> Counts:
    """Count the tasks of all queues, with one query."""
    ready = Q(status=TaskResultStatus.READY)
    found = DBTaskResult.objects.aggregate(
        waiting=Count("pk", filter=ready),
        running=Count("pk", filter=Q(status=TaskResultStatus.RUNNING)),
        failed=Count("pk", filter=Q(status=TaskResultStatus.FAILED)),
        oldest=Min("enqueued_at", filter=ready),
    )
    oldest = found["oldest"] or now
    return Counts(
        waiting=found["waiting"],
        running=found["running"],
        failed=found["failed"],
        oldest_waiting_seconds=round((now - oldest).total_seconds(), 1),
    )


@retry()  # SQLite may be locked for a moment
def _delete(row: Row) -> None:
    """Delete a task that is done, even if another worker has it by now."""
    DBTaskResult.objects.filter(pk=row.pk).delete()


def _try_again(row: Row, error: Exception, now: datetime) -> None:
    if len(row.worker_ids) >= MAX_ATTEMPTS:
        _give_up(row, error, now)
        return
    delay = retry_delay_seconds(len(row.worker_ids))
    run_after = now + timedelta(seconds=delay)
    if _held(row).update(status=TaskResultStatus.READY, run_after=run_after):
        log.warning(
            "task failed and will be tried again",
            **_described(row),
            seconds=round(delay),
            error=_class_path(error),
        )


def _give_up(row: Row, error: Exception, now: datetime) -> None:
    given_up = _held(row).update(
        status=TaskResultStatus.FAILED,
        finished_at=now,
        args_kwargs=NO_ARGUMENTS,
        exception_class_path=_class_path(error),
        traceback="".join(format_exception(error)),
    )
    if given_up:
        log.error("task given up", **_described(row), exc_info=error)


def _held(row: Row) -> "QuerySet[Row]":
    """Return the row, unless another worker has it by now. A renewal does not change that."""
    return DBTaskResult.objects.filter(
        pk=row.pk, status=TaskResultStatus.RUNNING, worker_ids=row.worker_ids
    )


def _described(row: Row) -> dict[str, Any]:
    return {"task": row.task_path, "id": str(row.pk), "attempt": len(row.worker_ids)}


def _class_path(error: Exception) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"
