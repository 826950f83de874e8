"""Many reads beside writes at one rate, with nothing broken: the figures of every day."""

import time
from array import array
from collections import Counter
from dataclasses import dataclass, field

from tests.processes import wait_until
from tests.proofs.soak.checker import Checker, Violation
from tests.proofs.soak.environment import Environment
from tests.proofs.soak.figures import Spread, shown_after, spread
from tests.proofs.soak.traffic import PAGES, Traffic

# The pages of PAGES that are filled: `token` is the first one, for somebody.
FILLED_PAGES = len(set(PAGES)) - 1 - 1  # and `/` shows the very data of the first one
PART_SECONDS = 60.0  # judged one part after the other, so that memory is bounded
HEAL_SECONDS = 20.0


@dataclass(kw_only=True)
class Phase:
    """`shown_after` is by worker: how long after its writer was answered a change was seen there.

    `outages`: how often a worker's breaker opened with nothing broken, for the machine was busy.
    """

    writes_per_second: float
    reads: int = 0
    writes: int = 0
    seconds: float = 0.0
    loads: int = 0
    outages: int = 0
    lateness_ms: float = 0.0
    stats: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    latency: Spread = field(default_factory=lambda: spread([]))
    shown_after: list[Spread] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)

    @property
    def hit_rate_percent(self) -> float:
        hits = self.stats["hits"] + self.stats["stale_hits"]
        return 100 * hits / max(1, hits + self.stats["misses"] + self.stats["bypasses"])

    @property
    def fills_per_invalidation_and_page(self) -> float:
        ends = self.stats["invalidations"] + self.stats["count_invalidations"]
        return self.stats["fills"] / max(1, ends) / FILLED_PAGES

    @property
    def loads_per_second(self) -> float:
        return self.loads / max(1e-9, self.seconds)


def read_and_write(
    environment: Environment, *, reads: int, reads_per_second: float, writes_per_second: float
) -> Phase:
    """Go on until so many reads are done. `reads_per_second` 0: as many as there can be."""
    phase = Phase(writes_per_second=writes_per_second)
    took = array("d")
    shown = [array("d") for _ in environment.sites]
    wait_until(environment.healthy, HEAL_SECONDS)
    stats, loads = environment.stats(), environment.database.loads()
    while phase.reads < reads:
        traffic = Traffic(
            environment, reads_per_second=reads_per_second, writes_per_second=writes_per_second
        )
        began = time.monotonic()
        with traffic.running():
            left = reads - phase.reads
            end = began + PART_SECONDS
            while time.monotonic() < end and len(traffic.journal.reads) < left:
                time.sleep(0.05)
        _add(phase, traffic, began, environment)
        took.extend(read.ended - read.started for read in traffic.journal.reads)
        checker = Checker(traffic.journal)
        for worker, found in enumerate(shown):
            found.extend(shown_after(traffic.journal, checker, worker))
    for name, count in environment.stats().items():
        phase.stats[name] = count - stats[name]
    phase.loads = environment.database.loads() - loads
    phase.latency = spread(took)
    phase.shown_after = [spread(found) for found in shown]
    return phase


def _add(phase: Phase, traffic: Traffic, began: float, environment: Environment) -> None:
    journal = traffic.journal
    phase.seconds += time.monotonic() - began
    phase.reads += len(journal.reads)
    phase.writes += sum(200 <= write.status < 300 for write in journal.writes)
    phase.statuses.update(read.status for read in journal.reads)
    phase.lateness_ms = max(phase.lateness_ms, round(traffic.lateness * 1000, 1))
    phase.outages += sum(away.opened > began for found in journal.aways.values() for away in found)
    checker = Checker(journal)
    phase.violations += checker.check() + checker.lost(environment.in_database())
