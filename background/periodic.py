"""Periodic jobs. Of all workers on all machines, the one that moves the due time runs the job.

A job runs in the thread that keeps the leases, so it must be short. A long one enqueues a task.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from background import task_queue
from background.models import PeriodicJob


@dataclass(frozen=True, slots=True)
class Job:
    """`run` is called with the current time. Running it twice must be harmless."""

    interval: timedelta
    run: Callable[[datetime], None]


JOBS: dict[str, Job] = {
    "reap tasks": Job(timedelta(seconds=15), task_queue.reap),
    "prune failed tasks": Job(timedelta(hours=1), task_queue.prune),
}


def run_due(now: datetime, jobs: Mapping[str, Job] = JOBS) -> None:
    """Run the jobs that are due, unless another worker has taken them."""
    known = dict(PeriodicJob.objects.filter(name__in=jobs).values_list("name", "due_at"))
    new = [PeriodicJob(name=name, due_at=now) for name in jobs if name not in known]
    PeriodicJob.objects.bulk_create(new, ignore_conflicts=True)
    for name, job in jobs.items():
        if known.get(name, now) > now:
            continue
        # Only one of several concurrent updates finds the row still due.
        due = PeriodicJob.objects.filter(name=name, due_at__lte=now)
        if due.update(due_at=now + job.interval):
            job.run(now)
