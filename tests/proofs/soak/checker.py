"""Check what readers saw against what was committed, and describe each violation.

Independent of the code under test: it knows no generations, leases or pages in Redis.
"""

import heapq
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Literal, NamedTuple

from tests.proofs.soak.contract import Contract, Deadlines
from tests.proofs.soak.journal import Journal, Read, Span, View

Rule = Literal[
    "late",  # a change was not shown in time
    "backwards",  # a worker showed an older version than before
    "torn",  # a shown state was never committed
    "early",  # a version was shown before its write began
    "failed",  # an error status
    "unreachable",  # no answer from a worker that was not killed
    "too old",  # a page past its TTL without the label
    "no Retry-After",  # a 503 without that header
    "lost",  # an accepted write is not in the database
]
DOWN = 'detail="database down"'


class Violation(NamedTuple):
    rule: Rule
    details: str


# The version of each register; None: not on the page; -1: no version has this state.
Versions = tuple[int | None, ...]


class Checker:
    """Check the reads and writes of a journal. Its versions may be older than its reads."""

    def __init__(self, journal: Journal, contract: Contract | None = None) -> None:
        self.journal = journal
        self.contract = contract or Contract()
        self._numbers = [
            {version.state: number for number, version in enumerate(register.versions)}
            for register in journal.registers
        ]
        self._known: dict[View, Versions] = {}

    def check(self) -> list[Violation]:
        """Return all violations."""
        found = [*self._answers(), *self._check_writes(), *self._invalid_versions()]
        groups = defaultdict(list)
        for read in self.journal.reads:
            if read.view is not None:
                groups[read.worker, read.personal].append(read)
        for (worker, personal), reads in groups.items():
            found += self._late(sorted(reads, key=_started), worker, personal=personal)
        for worker in range(self.journal.workers):
            found += self._backwards(groups[worker, False], worker)
        return found

    def lost(self, database: View) -> list[Violation]:
        """Return accepted writes that are not in the database after the last write."""
        return [
            Violation("lost", f"{register.name} is {state}, and {register.versions[-1].state} was")
            for register, state in zip(self.journal.registers, database, strict=True)
            if state != register.versions[-1].state
        ]

    def versions(self, view: View) -> Versions:
        """Return the version of each register that a page shows."""
        known = self._known.get(view)
        if known is None:
            known = self._known[view] = tuple(
                None if state is None else numbers.get(state, -1)
                for state, numbers in zip(view, self._numbers, strict=True)
            )
        return known

    def _seen(self, read: Read) -> Versions:
        return self.versions(read.view) if read.view is not None else ()

    # --- Each answer by itself --------------------------------------------------------------

    def _answers(self) -> Iterator[Violation]:
        for read in self.journal.reads:
            if read.status == 0:
                if not _overlaps(
                    self.journal.restarts.get(read.worker, []), read.started, read.ended
                ):
                    yield Violation("unreachable", _describe(read))
            elif read.status != 200:
                yield Violation("failed", f"{_describe(read)}: status {read.status}")
            elif DOWN not in read.served and self._is_too_old(read):
                yield Violation("too old", f"{_describe(read)}: Age {read.age}, {read.served}")

    def _is_too_old(self, read: Read) -> bool:
        without_redis = 'detail="memory"' in read.served
        contract = self.contract
        max_age = contract.without_redis_seconds if without_redis else contract.ttl_seconds
        left = re.search(r"ttl=(-?\d+)", read.served)
        return read.age > max_age or (left is not None and int(left[1]) < 0)

    def _check_writes(self) -> Iterator[Violation]:
        for write in self.journal.writes:
            which = f"a write at worker {write.worker}, {write.started:.3f} s"
            restarts = self.journal.restarts.get(write.worker, [])
            outages = self.journal.database_outages
            if write.status == 0 and not _overlaps(restarts, write.started, write.ended):
                yield Violation("unreachable", which)
            if write.status >= 400:
                if write.status != 503 or not _overlaps(outages, write.started, write.ended):
                    yield Violation("failed", f"{which}: status {write.status}")
                elif not write.retry_after:
                    yield Violation("no Retry-After", which)

    def _invalid_versions(self) -> Iterator[Violation]:
        for read in self.journal.reads:
            for register, number in enumerate(self._seen(read)):
                if number is None or read.view is None:
                    continue
                of = self.journal.registers[register]
                if number < 0:
                    yield Violation("torn", f"{_describe(read)}: {of.name} {read.view[register]}")
                elif of.versions[number].started > read.ended:
                    yield Violation("early", f"{_describe(read)}: {of.name} at {number}")

    # --- Compared with earlier reads -----------------------------------------------------------

    def _late(self, reads: list[Read], worker: int, *, personal: bool) -> Iterator[Violation]:
        """Find changes that a read did not show in time. `reads`: of one worker, by start."""
        dues = self._dues(worker, personal=personal)
        floor = [(0, 0.0)] * len(self.journal.registers)
        place = 0
        for read in reads:
            while place < len(dues) and dues[place][0] <= read.started:
                moment, register, number = dues[place]
                floor[register] = max(floor[register], (number, moment))
                place += 1
            if DOWN in read.served:
                continue
            for of, seen in enumerate(self._seen(read)):
                if seen is not None and 0 <= seen < floor[of][0]:
                    yield Violation("late", self._describe_late(read, of, seen, floor[of]))

    def _dues(self, worker: int, *, personal: bool) -> list[tuple[float, int, int]]:
        deadlines = Deadlines(self.journal, self.contract)
        return sorted(
            (deadlines.due(version, register, worker, personal=personal), place, number)
            for place, register in enumerate(self.journal.registers)
            for number, version in enumerate(register.versions)
        )

    def _describe_late(self, read: Read, register: int, number: int, due: tuple[int, float]) -> str:
        of = self.journal.registers[register]
        answered = of.versions[due[0]].ended
        return (
            f"{_describe(read)}: {of.name} (of worker {of.worker}) at version {number}; version"
            f" {due[0]}, answered at {answered:.3f} s, was due at {due[1]:.3f} s; {read.served}"
        )

    def _backwards(self, reads: list[Read], worker: int) -> Iterator[Violation]:
        """Find pages older than one that this worker has shown in a read that ended earlier.

        A load for one reader only may be newer than the pages of later readers: it sets no floor.
        """
        reads = sorted(reads, key=_started)
        restarts = [span.ended for span in self.journal.restarts.get(worker, [])]
        floors: dict[str, list[int]] = {}
        ended: list[tuple[float, int]] = []
        for place, read in enumerate(reads):
            while restarts and restarts[0] < read.started:
                restarts.pop(0)
                floors.clear()
                ended.clear()
            while ended and ended[0][0] < read.started:
                self._raise(floors, reads[heapq.heappop(ended)[1]])
            for register, number in enumerate(self._seen(read)):
                floor = floors.get(read.page, [])[register : register + 1]
                if number is not None and floor and 0 <= number < floor[0]:
                    name = self.journal.registers[register].name
                    details = f"{_describe(read)}: {name} at version {number}, after {floor[0]}"
                    yield Violation("backwards", f"{details}; {read.served}")
            if "fwd=bypass" not in read.served and "fwd=miss; ttl" not in read.served:
                heapq.heappush(ended, (read.ended, place))

    def _raise(self, floors: dict[str, list[int]], read: Read) -> None:
        floor = floors.setdefault(read.page, [0] * len(self.journal.registers))
        for register, number in enumerate(self._seen(read)):
            if number is not None and number > floor[register]:
                floor[register] = number


_started = attrgetter("started")


def _overlaps(spans: Iterable[Span], began: float, ended: float) -> bool:
    return any(span.began <= ended and began <= span.ended for span in spans)


def _describe(read: Read) -> str:
    token = " with a token" if read.personal else ""
    return f"worker {read.worker}, {read.page}{token}, asked at {read.started:.3f} s"
