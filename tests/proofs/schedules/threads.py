"""Real threads that wait for a baton. They are reused, because starting a thread is slow."""

import threading
from collections.abc import Callable


class Thread:
    def __init__(self) -> None:
        self._baton = threading.Semaphore(0)
        self._job: Callable[[], None] | None = None
        threading.Thread(target=self._run, daemon=True, name="schedules").start()

    def begin(self, job: Callable[[], None]) -> None:
        """Set the job that the next `go` starts."""
        self._job = job

    def go(self) -> None:
        self._baton.release()

    def wait(self) -> None:
        self._baton.acquire()

    def _run(self) -> None:
        while True:
            self.wait()
            assert self._job is not None
            self._job()


_idle: list[Thread] = []


def take() -> Thread:
    return _idle.pop() if _idle else Thread()


def give_back(thread: Thread) -> None:
    """Make the thread available again. Its job is at its end; the next job waits for that."""
    _idle.append(thread)
