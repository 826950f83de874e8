"""State shared by the simulated workers: clock, Redis, database and counters.

Failures are not simulated.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from benchmarks.fleet.traffic import Fleet
from freshcache.memory import Page

T = TypeVar("T")


@dataclass(frozen=True)
class Copy(Page):
    """A page. `version` is the number of commits that it shows."""

    version: int = 0


class Signal(list["Steps[None]"]):
    """An event: the list of the steps that wait for it."""


# A simulated activity. It yields the seconds that a step takes, or the signal that it waits for.
Steps = Generator[float | Signal, None, T]


class World:
    """The shared state of a run.

    `lags`: for each commit, seconds from it to the start of the last read that did not show it.
    `counted`: commands by name (confirm, bump, get, lease, fill, release, count), database loads,
    and outcomes of reads as in `freshcache.metrics`.
    """

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.now = 0.0
        self.counted: Counter[str] = Counter()
        self.commits: list[float] = []
        self.lags: list[float] = []
        self.generation = 1
        self.stored: dict[int, Copy] = {}
        self._leases: set[tuple[int, int]] = set()
        self._queue: list[tuple[float, int, Steps[None]]] = []
        self._order = count()

    def start(self, steps: Steps[None], delay: float = 0.0) -> None:
        """Schedule an activity after `delay` seconds."""
        heapq.heappush(self._queue, (self.now + delay, next(self._order), steps))

    def fire(self, signal: Signal) -> None:
        """Continue all activities that wait for the signal."""
        for steps in signal:
            self.start(steps)
        signal.clear()

    def run_until(self, moment: float) -> None:
        """Run all steps that are due up to `moment`."""
        while self._queue and self._queue[0][0] <= moment:
            self.now, _, steps = heapq.heappop(self._queue)
            wait = next(steps, None)
            if isinstance(wait, Signal):
                wait.append(steps)
            elif wait is not None:
                self.start(steps, wait)
        self.now = moment

    # --- Redis: a command is half a round trip, its effect, and half a round trip ----------------

    def _ask(self, name: str, command: Callable[[], T]) -> Steps[T]:
        yield self.fleet.redis_seconds / 2
        self.counted[name] += 1
        answer = command()
        yield self.fleet.redis_seconds / 2
        return answer

    def confirm(self, *, bump: bool) -> Steps[int]:
        def command() -> int:
            self.generation += bump
            return self.generation

        return self._ask("bump" if bump else "confirm", command)

    def get(self, page: int) -> Steps[Copy | None]:
        return self._ask("get", lambda: self.stored.get(page))

    def lease(self, page: int, generation: int) -> Steps[bool]:
        def command() -> bool:
            free = (page, generation) not in self._leases
            self._leases.add((page, generation))
            return free

        return self._ask("lease", command)

    def release(self, page: int, generation: int) -> Steps[None]:
        return self._ask("release", lambda: self._leases.discard((page, generation)))

    def fill(self, page: int, copy: Copy, *, leased: bool) -> Steps[bool]:
        def command() -> bool:
            if leased:
                self._leases.discard((page, copy.generation))
            current = copy.generation == self.generation
            if current:
                self.stored[page] = copy
            return current

        return self._ask("fill", command)

    def count(self) -> Steps[None]:
        return self._ask("count", lambda: None)

    # --- Database and counters -------------------------------------------------------------------

    def commit(self) -> None:
        self.commits.append(self.now)
        self.lags.append(0.0)

    def load(self, purpose: str) -> Steps[int]:
        """Return the number of commits in the database at the start of the load."""
        self.counted[purpose] += 1
        version = len(self.commits)
        yield self.fleet.load_seconds
        return version

    def answered(self, outcome: str, copy: Copy, began: float) -> None:
        self.counted[outcome] += 1
        for missing in range(copy.version, len(self.commits)):
            self.lags[missing] = max(self.lags[missing], began - self.commits[missing])
