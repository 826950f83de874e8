"""Periodic jobs: run once for all workers in each interval."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from background import periodic
from background.models import PeriodicJob
from background.periodic import JOBS, Job

NOW = timezone.now()
MINUTE = timedelta(minutes=1)


@pytest.mark.django_db
def test_job_runs_at_first_and_again_after_its_interval() -> None:
    runs: list[datetime] = []
    jobs = {"note": Job(MINUTE, runs.append)}
    for seconds in (0, 1, 59, 60, 61, 600, 601):
        periodic.run_due(NOW + timedelta(seconds=seconds), jobs)
    assert [(run - NOW).total_seconds() for run in runs] == [0, 60, 600]


@pytest.mark.django_db
def test_job_that_another_worker_takes_meanwhile_runs_once() -> None:
    runs: list[datetime] = []
    note = Job(MINUTE, runs.append)
    other_worker = Job(MINUTE, lambda now: periodic.run_due(now, {"note": note}))
    # Both jobs are found due, then the other worker takes the second.
    periodic.run_due(NOW, {"first": other_worker, "note": note})
    assert runs == [NOW]


@pytest.mark.django_db
def test_jobs_of_the_site_run() -> None:
    periodic.run_due(NOW)
    known = PeriodicJob.objects.values_list("name", "due_at")
    assert dict(known) == {name: NOW + job.interval for name, job in JOBS.items()}
