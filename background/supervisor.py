"""Keep one process running beside the server: start it, start it again when it ends, stop it."""

import subprocess
import threading
from collections.abc import Sequence

import structlog

log = structlog.stdlib.get_logger(__name__)

# Between the end of the process and its next start.
RESTART_SECONDS = 5.0
# From the request to stop; then it is killed.
STOP_SECONDS = 8.0


class Supervisor:
    """One process that runs `command` until `stop`.

    A process, not a thread of the server's main process: granian forks web workers from that one,
    and a fork in the middle of a thread's work copies its locks and database connections.
    """

    def __init__(self, command: Sequence[str], *, restart_seconds: float = RESTART_SECONDS) -> None:
        self._command = command
        self._restart_seconds = restart_seconds
        self._stopping = threading.Event()
        self._lock = threading.Lock()  # a process is never started after the request to stop
        self._thread: threading.Thread | None = None
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process, and a thread that waits for its end."""
        self.process = self._started()
        self._thread = threading.Thread(target=self._watch, name="task-supervisor", daemon=True)
        self._thread.start()

    def request_stop(self) -> None:
        """Send SIGTERM, and return at once."""
        with self._lock:
            self._stopping.set()
            if self.process is not None:
                self.process.terminate()

    def wait(self) -> None:
        """Return when the process has ended; kill it after `STOP_SECONDS`."""
        if self._thread is None or self.process is None:
            return
        self._thread.join(STOP_SECONDS)
        if self._thread.is_alive():
            log.warning("task worker did not stop and is killed")
            self.process.kill()
            self._thread.join()

    def _watch(self) -> None:
        while self.process is not None:
            code = self.process.wait()
            if self._stopping.wait(self._restart_seconds):
                return
            with self._lock:
                if self._stopping.is_set():
                    return
                log.warning("task worker ended and is started again", exit_code=code)
                self.process = self._started()

    def _started(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(self._command, stdin=subprocess.DEVNULL)  # noqa: S603 -- ours
