"""The process that runs tasks: a thread for each queue, and one for their leases.

The main thread uses no database, so a database that hangs does not delay the end of the process.
"""

import os
import secrets
import socket
import threading
import time
from collections.abc import Sequence
from uuid import UUID

import structlog
from django.db import Error as DatabaseFault
from django.db import close_old_connections, connection
from django.utils import timezone

from background import periodic, task_queue

log = structlog.stdlib.get_logger(__name__)

# How long an enqueued task waits at most, if no other one runs.
POLL_SECONDS = 1.0
# How often the leases are renewed and periodic jobs looked for.
UPKEEP_SECONDS = 10.0
# How soon a signal, and the end of the server, are noticed.
TICK_SECONDS = 0.25
# A running task gets this long at the end. Then it is left to the next worker.
STOP_SECONDS = 5.0


class Worker:
    """Runs the tasks of `queues`. Each queue has a thread, so a slow mail server delays only mail.

    With `parent_pid` the worker ends when that process, its parent, has ended in any way.
    """

    def __init__(self, queues: Sequence[str], *, parent_pid: int | None = None) -> None:
        self.id = f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._parent_pid = parent_pid
        self._must_stop = False
        self._stopping = threading.Event()
        self._running: dict[str, UUID] = {}
        self._database_is_down = False
        self._threads = [
            threading.Thread(target=self._keep_up, name="tasks-upkeep", daemon=True),
            *(
                threading.Thread(
                    target=self._serve, args=(queue,), name=f"tasks-{queue}", daemon=True
                )
                for queue in queues
            ),
        ]

    def stop(self, *_: object) -> None:
        """Let `run` return. Safe in a signal handler: it takes no lock."""
        self._must_stop = True

    def run(self) -> bool:
        """Run tasks until `stop`, or the end of the parent. Return False if a thread failed."""
        log.info("task worker runs", worker=self.id)
        for thread in self._threads:
            thread.start()
        while not self._must_stop and not self._is_orphan() and self._is_whole():
            time.sleep(TICK_SECONDS)
        is_whole = self._is_whole()
        self._stopping.set()
        deadline = time.monotonic() + STOP_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        log.info("task worker stopped", worker=self.id, unfinished=len(self._running))
        return is_whole

    def _is_orphan(self) -> bool:
        return self._parent_pid is not None and os.getppid() != self._parent_pid

    def _is_whole(self) -> bool:
        return all(thread.is_alive() for thread in self._threads)

    def _keep_up(self) -> None:
        while not self._stopping.is_set():
            now = timezone.now()
            try:
                if running := list(self._running.values()):
                    task_queue.renew(running, now=now)
                periodic.run_due(now)
            except DatabaseFault as error:
                self._note_database(error)
            self._stopping.wait(UPKEEP_SECONDS)

    def _serve(self, queue: str) -> None:
        while not self._stopping.is_set():
            if not self._run_one(queue):
                self._stopping.wait(POLL_SECONDS)

    def _run_one(self, queue: str) -> bool:
        """Run the next task of a queue; return whether there was one."""
        try:
            row = task_queue.claim(queue, self.id, now=timezone.now())
            self._note_database(None)
            if row is None:
                return False
            self._running[queue] = row.pk
            task_queue.run(row)
            close_old_connections()  # as after a request: a task leaves nothing behind
        except DatabaseFault as error:
            self._note_database(error)
            return False
        else:
            return True
        finally:
            self._running.pop(queue, None)

    def _note_database(self, error: Exception | None) -> None:
        """Log an outage once, and its end. Close the connection, which may be broken."""
        if error is not None:
            connection.close()
        if (error is not None) == self._database_is_down:
            return
        self._database_is_down = error is not None
        if error is not None:
            log.warning("task worker cannot use the database", error=type(error).__name__)
        else:
            log.info("task worker can use the database again")
