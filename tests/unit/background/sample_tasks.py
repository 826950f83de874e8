"""Tasks for tests. Worker processes import them, so they write to files."""

import os
import time
from pathlib import Path

from django_tasks import task

from background.errors import PermanentError


@task
def note(path: str, text: str) -> None:
    """Append a line, which is atomic, and the worker's process id."""
    with Path(path).open("a") as file:
        file.write(f"{text} {os.getpid()}\n")


@task
def fail(secret: str) -> None:
    raise ValueError(f"no {secret[:2]}")


@task
def fail_for_ever(secret: str) -> None:
    raise PermanentError("it would fail again")


@task
def wait_for(path: str, started: str) -> None:
    """Wait until `path` exists."""
    note.func(started, "started")
    while not Path(path).exists():
        time.sleep(0.01)
    note.func(started, "done")
