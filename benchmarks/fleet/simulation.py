"""A run of the simulation, and what it comes to."""

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
class Found:
    """`counted`: as `World` counts, in so many `seconds`. `lags`: sorted; see there."""

    fleet: Fleet
    seconds: float
    counted: Counter[str]
    lags: list[float]

    def per_second(self, what: str) -> float:
        return self.counted[what] / self.seconds

    @property
    def commands(self) -> int:
        """Whatever Redis was asked."""
        return sum(self.counted[what] for what in COMMANDS)

    @property
    def per_fill(self) -> float:
        """Commands about pages by page stored: those of all who looked for it."""
        asked = sum(self.counted[what] for what in ("get", "lease", "fill", "release"))
        return asked / max(1, self.counted["fills"])

    @property
    def loads_per_write(self) -> float | None:
        """And page."""
        writes = self.counted["bump"] * self.fleet.pages
        return self.counted["loads"] / writes if writes else None

    @property
    def hit_rate(self) -> float:
        hits = self.counted["hits"] + self.counted["stale_hits"]
        return hits / max(1, hits + self.counted["misses"])

    def lag_ms(self, part: float) -> float | None:
        """By then so many of the writes were in every answer."""
        if not self.lags:
            return None
        return 1e3 * self.lags[min(len(self.lags) - 1, int(part * len(self.lags)))]


def run(fleet: Fleet, arrivals: Iterable[Arrival], *, warm_up: float = 0.0) -> Found:
    """Let them come, and count what happens from the warm-up on."""
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
    return Found(fleet=fleet, seconds=world.now - began, counted=world.counted, lags=lags)


def simulate(fleet: Fleet, *, seed: int = 0, events: int = 50_000) -> Found:
    """About so many reads and writes, of a fifth of whose time nothing is counted; a large fleet
    takes more, for it needs a second."""
    seconds = max(MIN_SECONDS, events / (fleet.reads * fleet.workers + fleet.writes))
    return run(fleet, fleet.arrivals(seconds, seed=seed), warm_up=seconds / 5)
