"""Workers as processes of their own, on the test database."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import database_url
from tests.processes import start_process

ROOT = Path(__file__).parents[3]


def start_worker(log: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    env = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "feedsite.settings",
    }
    command = [sys.executable, "-m", "django", "run_tasks", *arguments]
    return start_process(command, log=log, env=env, cwd=ROOT)
