"""Real threads for tests: start them together, stop them at a gate, join them."""

import threading
from collections.abc import Callable
from typing import Any


class Gate:
    """A hook that blocks each thread that calls it, until it is opened."""

    def __init__(self) -> None:
        self._reached, self._opened = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self._reached.set()
        assert self._opened.wait(20)

    def wait(self) -> None:
        """Return when a thread is blocked."""
        assert self._reached.wait(20)

    def open(self) -> None:
        self._opened.set()


class Threads:
    """Real threads. `join` raises what one of them raised."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []
        self._errors: list[BaseException] = []

    def start(self, call: Callable[[], Any], *, count: int = 1) -> None:
        def run() -> None:
            try:
                call()
            except BaseException as error:  # noqa: BLE001 -- it is raised in `join`
                self._errors.append(error)

        started = [threading.Thread(target=run, daemon=True) for _ in range(count)]
        self._threads += started
        for thread in started:
            thread.start()

    def join(self, seconds: float = 30.0) -> None:
        for thread in self._threads:
            thread.join(seconds)
            assert not thread.is_alive(), "a thread hangs"
        if self._errors:
            raise self._errors[0]
