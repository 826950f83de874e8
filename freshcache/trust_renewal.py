"""A thread that asks for the generation before the trust in the known one ends.

So no hit waits for Redis: neither the one that finds that the trust ends soon, nor those after it.
"""

import threading

from freshcache.generation import Generations

# The thread ends when no reader has called it for so long.
IDLE_SECONDS = 10.0


class TrustRenewal:
    """Renews what a process knows of the generation when a reader calls for it. Thread-safe.

    The thread starts with the first call, in each process: a server may fork after this was made.
    """

    def __init__(self, generations: Generations) -> None:
        self._generations = generations
        self._since = 0.0
        self._called = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def call(self, since: float) -> None:
        """Let the thread ask if the known generation was asked for before `since`. Don't wait.

        `since`: seconds on the clock of the generations.
        """
        self._since = since
        if not self._called.is_set():
            self._called.set()
        if self._thread is None or not self._thread.is_alive():
            self._start()

    def _start(self) -> None:
        if not self._starting.acquire(blocking=False):
            return
        try:
            thread = threading.Thread(target=self._run, name="freshcache-trust", daemon=True)
            thread.start()
            self._thread = thread
        except RuntimeError:  # the system allows no more threads: a reader asks when the trust ends
            self._thread = None
        finally:
            self._starting.release()

    def _run(self) -> None:
        while self._called.wait(IDLE_SECONDS):
            self._called.clear()
            self._generations.renew(self._since)
