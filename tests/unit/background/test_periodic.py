"""Periodic jobs: run once for all workers in each interval."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection
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


@pytest.mark.django_db(transaction=True)
def test_job_runs_once_if_many_workers_find_it_due() -> None:
    runs: list[datetime] = []
    jobs = {"note": Job(MINUTE, runs.append)}
    barrier = threading.Barrier(8)

    def work() -> None:
        try:
            barrier.wait(30)
            periodic.run_due(NOW, jobs)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert runs == [NOW]


@pytest.mark.django_db
def test_jobs_of_the_site_run() -> None:
    periodic.run_due(NOW)
    known = PeriodicJob.objects.values_list("name", "due_at")
    assert dict(known) == {name: NOW + job.interval for name, job in JOBS.items()}
