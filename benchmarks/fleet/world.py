"""What the workers share: the clock, Redis, the database, and the books on all that happens.

Nothing fails here: no Redis is away, no loader dies, no number is lost.
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
    """A page, with the number of commits that it shows."""

    version: int = 0


class Signal(list["Steps[None]"]):
    """Something to wait for: a list of who does."""


# What takes its time yields how many seconds, or what it waits for.
Steps = Generator[float | Signal, None, T]


class World:
    """`lags`: of each commit, how long after it the last read began that did not show it.

    `counted`: commands by what they are for (confirm, bump, get, lease, fill, release, count),
    loads of the database, and what readers got, as in `freshcache.metrics`.
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
        heapq.heappush(self._queue, (self.now + delay, next(self._order), steps))

    def fire(self, signal: Signal) -> None:
        for steps in signal:
            self.start(steps)
        signal.clear()

    def run_until(self, moment: float) -> None:
        """Take the steps that are due by then."""
        while self._queue and self._queue[0][0] <= moment:
            self.now, _, steps = heapq.heappop(self._queue)
            wait = next(steps, None)
            if isinstance(wait, Signal):
                wait.append(steps)
            elif wait is not None:
                self.start(steps, wait)
        self.now = moment

    # --- Redis: each command is half the way there, what it does, and half the way back ----------

    def _ask(self, what: str, command: Callable[[], T]) -> Steps[T]:
        yield self.fleet.redis_seconds / 2
        self.counted[what] += 1
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

    # --- The database, and the books -------------------------------------------------------------

    def commit(self) -> None:
        self.commits.append(self.now)
        self.lags.append(0.0)

    def load(self, what: str) -> Steps[int]:
        """The number of commits that the database held when it was asked."""
        self.counted[what] += 1
        version = len(self.commits)
        yield self.fleet.load_seconds
        return version

    def answered(self, outcome: str, copy: Copy, began: float) -> None:
        self.counted[outcome] += 1
        for lacking in range(copy.version, len(self.commits)):
            self.lags[lacking] = max(self.lags[lacking], began - self.commits[lacking])
