"""Figures of a journal: latencies, and the time until changes were shown."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.proofs.soak.checker import Checker
from tests.proofs.soak.journal import Journal, Read


@dataclass(frozen=True, slots=True)
class Spread:
    """Percentiles and maximum in milliseconds; nan if there are no values."""

    count: int
    p50: float
    p99: float
    maximum: float

    def __str__(self) -> str:
        return f"{self.p50:.1f} / {self.p99:.1f} / {self.maximum:.1f}" if self.count else "-"


def spread(seconds: Iterable[float]) -> Spread:
    found = sorted(seconds)
    if not found:
        return Spread(0, math.nan, math.nan, math.nan)
    at = [found[min(len(found) - 1, int(len(found) * part))] for part in (0.5, 0.99, 1)]
    return Spread(len(found), *(round(value * 1000, 2) for value in at))


def latencies(reads: Iterable[Read], began: float, ended: float) -> Spread:
    """Return latencies of the successful reads that overlap these moments."""
    return spread(
        read.ended - read.started
        for read in reads
        if read.status == 200 and read.started < ended and read.ended > began
    )


def shown_after(journal: Journal, checker: Checker, worker: int) -> list[float]:
    """Return the seconds from the answer to each write of posts to the end of the first read at
    this worker that showed it; 0 if a read showed it before the answer."""
    posts = [n for n, register in enumerate(journal.registers) if register.kind == "posts"]
    reads: Sequence[Read] = sorted(
        (read for read in journal.reads if read.worker == worker and not read.personal),
        key=lambda read: read.ended,
    )
    began = reads[0].started if reads else math.inf
    # The next version that no read has shown yet. Versions before the first read do not count.
    coming = {
        n: next((k for k, v in enumerate(journal.registers[n].versions) if v.started > began), 0)
        for n in posts
    }
    found: list[float] = []
    for read in reads:
        if read.view is None:
            continue
        versions = checker.versions(read.view)
        for n in posts:
            number = versions[n]
            while coming[n] and number is not None and coming[n] <= number:
                version = journal.registers[n].versions[coming[n]]
                found.append(max(0.0, read.ended - version.ended))
                coming[n] += 1
    return found
