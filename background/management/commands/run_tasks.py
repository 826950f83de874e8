"""`manage.py run_tasks`: run tasks until SIGTERM or SIGINT."""

import signal
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from background.worker import Worker


class Command(BaseCommand):
    help = (
        "Run the tasks that requests have enqueued, such as mail, until SIGTERM or SIGINT. The"
        " server runs this by itself unless TASK_WORKER=0. It may run on any number of machines."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--parent-pid", type=int, help="End when this parent process ends.")

    def handle(self, *args: Any, parent_pid: int | None = None, **options: Any) -> None:
        worker = Worker(settings.TASKS["default"]["QUEUES"], parent_pid=parent_pid)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, worker.stop)
        if not worker.run():
            sys.exit(1)
