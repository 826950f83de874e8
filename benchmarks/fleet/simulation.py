"""A run of the simulation, and its figures."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.fleet.reading import Reading
from benchmarks.fleet.traffic import WRITE, Arrival, Fleet
from benchmarks.fleet.worker import Worker
from benchmarks.fleet.world import World

COMMANDS = ("confirm", "bump", "get", "lease", "fill", "release", "count")
MIN_SECONDS = 1.25


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """The counts of a run over `seconds`, as in `World`. `lags` are sorted seconds."""

    fleet: Fleet
    seconds: float
    counted: Counter[str]
    lags: list[float]

    def per_second(self, event: str) -> float:
        """Return how often per second an event was counted."""
        return self.counted[event] / self.seconds

    @property
    def commands(self) -> int:
        """All commands to Redis."""
        return sum(self.counted[command] for command in COMMANDS)

    @property
    def per_fill(self) -> float:
        """Commands for pages, of all workers, per stored page."""
        commands = sum(self.counted[name] for name in ("get", "lease", "fill", "release"))
        return commands / max(1, self.counted["fills"])

    @property
    def loads_per_write(self) -> float | None:
        """Loads per write and page; None without writes."""
        writes = self.counted["bump"] * self.fleet.pages
        return self.counted["loads"] / writes if writes else None

    @property
    def hit_rate(self) -> float:
        hits = self.counted["hits"] + self.counted["stale_hits"]
        return hits / max(1, hits + self.counted["misses"])

    def lag_ms(self, quantile: float) -> float | None:
        """Return a quantile of the milliseconds until all answers show a write."""
        if not self.lags:
            return None
        return 1e3 * self.lags[min(len(self.lags) - 1, int(quantile * len(self.lags)))]


def run(fleet: Fleet, arrivals: Iterable[Arrival], *, warm_up: float = 0.0) -> Outcomes:
    """Simulate the arrivals; count the events after `warm_up` seconds."""
    world = World(fleet)
    workers = [Worker(world, number / fleet.workers) for number in range(fleet.workers)]
    began, first = 0.0, 0
    for moment, number, page in arrivals:
        world.run_until(moment)
        if began < warm_up <= moment:
            began, first = moment, len(world.commits)
            world.counted.clear()
        worker = workers[number]
        if page == WRITE:
            world.start(worker.write())
        elif not worker.hits(page):
            world.start(Reading(worker, page).run())
    world.run_until(world.now)
    lags = sorted(world.lags[first:])
    return Outcomes(fleet=fleet, seconds=world.now - began, counted=world.counted, lags=lags)


def simulate(fleet: Fleet, *, seed: int = 0, events: int = 50_000) -> Outcomes:
    """Simulate about `events` reads and writes; the first fifth of the time is not counted.

    A large fleet gets more events, because a run lasts at least `MIN_SECONDS`.
    """
    seconds = max(MIN_SECONDS, events / (fleet.reads * fleet.workers + fleet.writes))
    return run(fleet, fleet.arrivals(seconds, seed=seed), warm_up=seconds / 5)
