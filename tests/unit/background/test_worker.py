"""Workers as processes: several at once, killed ones, and their end."""

import logging
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from background import task_queue
from background.models import PeriodicJob
from background.worker import Worker
from tests.processes import end_process
from tests.unit.background import sample_tasks
from tests.unit.background.worker_processes import start_worker

Start = Callable[..., Any]


@pytest.fixture
def start(transactional_db: None, tmp_path: Path) -> Iterator[Start]:
    """`start()`: start a worker process, which is killed after the test."""
    with ExitStack() as stack:

        def started(*arguments: str) -> Any:
            process = start_worker(tmp_path / "worker.log", *arguments)
            stack.callback(end_process, process, signal.SIGKILL)
            return process

        yield started


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def test_two_workers_run_each_task_once(
    start: Start, tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    notes, log, release = tmp_path / "notes", tmp_path / "worker.log", tmp_path / "release"
    # One worker waits in this task, so both take part.
    sample_tasks.wait_for.enqueue(str(release), str(tmp_path / "started"))
    workers = [start(), start()]
    wait_until(lambda: log.exists() and log.read_text().count("task worker runs") == 2, 60)
    wait_until(lambda: lines(tmp_path / "started"), 30)
    for number in range(10):
        sample_tasks.note.enqueue(str(notes), f"first-{number}")
    wait_until(lambda: len(lines(notes)) == 10, 30)
    release.touch()
    for number in range(30):
        sample_tasks.note.enqueue(str(notes), f"task-{number}")
    wait_until(lambda: not DBTaskResult.objects.exists(), 30)
    texts = Counter(line.split()[0] for line in lines(notes))
    assert sorted(texts.values()) == [1] * 40
    assert len(lines(tmp_path / "started")) == 2
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0


def test_task_of_a_killed_worker_is_done_by_the_next(
    start: Start, tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    release, notes = tmp_path / "release", tmp_path / "notes"
    sample_tasks.wait_for.enqueue(str(release), str(notes))
    killed = start()
    wait_until(lambda: lines(notes), 60)
    killed.kill()
    killed.wait(30)
    release.touch()
    # The lease has ended, and it is time to look for such tasks.
    ended = timezone.now() - timedelta(seconds=task_queue.LEASE_SECONDS + 1)
    assert DBTaskResult.objects.filter(status="RUNNING").update(started_at=ended) == 1
    PeriodicJob.objects.update(due_at=ended)
    start()
    wait_until(lambda: not DBTaskResult.objects.exists(), 60)
    (first, second, done) = (line.split() for line in lines(notes))
    assert (first[0], second[0], done[0]) == ("started", "started", "done")
    assert first[1] == str(killed.pid) != second[1] == done[1]


@pytest.mark.django_db(transaction=True)
def test_worker_leaves_a_task_that_does_not_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wait_until: Callable[..., None]
) -> None:
    monkeypatch.setattr("background.worker.STOP_SECONDS", 0.1)
    release = tmp_path / "release"
    sample_tasks.wait_for.enqueue(str(release), str(tmp_path / "notes"))
    worker = Worker(["default"])
    monkeypatch.setattr(worker, "_is_orphan", lambda: bool(lines(tmp_path / "notes")))
    assert worker.run()
    assert DBTaskResult.objects.get().status == "RUNNING"
    release.touch()
    wait_until(lambda: not DBTaskResult.objects.exists())
    for thread in worker._threads:
        thread.join(30)


def test_worker_ends_with_an_error_if_a_thread_ends() -> None:
    worker = Worker([])
    worker._threads = [threading.Thread(target=int)]
    assert not worker.run()


def test_outage_of_the_database_is_logged_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, db: None
) -> None:
    caplog.set_level(logging.INFO)
    worker = Worker(["default"])

    def fail(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError

    with monkeypatch.context() as patch:
        patch.setattr("background.worker.connection.close", lambda: None)
        patch.setattr(task_queue, "claim", fail)
        assert not worker._run_one("default")
        assert not worker._run_one("default")
    assert not worker._run_one("default")
    assert caplog.text.count("task worker cannot use the database") == 1
    assert caplog.text.count("task worker can use the database again") == 1
