"""Real threads that wait for a baton, each doing one job after the other: starting one is slow."""

import threading
from collections.abc import Callable


class Thread:
    def __init__(self) -> None:
        self._baton = threading.Semaphore(0)
        self._job: Callable[[], None] | None = None
        threading.Thread(target=self._run, daemon=True, name="schedules").start()

    def begin(self, job: Callable[[], None]) -> None:
        """Do this when next told to go."""
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
    """Its job is all but done. What it is given next waits for the end of that."""
    _idle.append(thread)
