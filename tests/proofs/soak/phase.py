"""Many reads during writes at a fixed rate, without faults: the figures of normal operation."""

import time
from array import array
from collections import Counter
from dataclasses import dataclass, field

from tests.processes import wait_until
from tests.proofs.soak.checker import Checker, Violation
from tests.proofs.soak.environment import Environment
from tests.proofs.soak.figures import Spread, shown_after, spread
from tests.proofs.soak.traffic import PAGES, Traffic

# `token` and `/` show the same cached page as the first entry of PAGES.
FILLED_PAGES = len(set(PAGES)) - 2
PART_SECONDS = 60.0  # each part is checked by itself, to limit memory
HEAL_SECONDS = 20.0


@dataclass(kw_only=True)
class Phase:
    """Figures of one phase. `shown_after`, by worker: time from a write's answer to the first read
    that showed it. `outages`: times a breaker opened without a fault, on a busy machine.
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
    """Run traffic until `reads` are done. `reads_per_second` 0: no limit."""
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
    phase.outages += sum(
        outage.opened > began for found in journal.redis_outages.values() for outage in found
    )
    checker = Checker(journal)
    phase.violations += checker.check() + checker.lost(environment.in_database())
