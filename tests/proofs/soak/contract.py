"""The freshness contract (docs/caching.md) as deadlines: when a reader must see a change.

Deadlines count from the *answer* to a write to the *start* of a read. A slow machine delays both,
so it breaks no promise, and no tolerance is needed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.proofs.soak.journal import Journal, RedisOutage, Register, Version


@dataclass(frozen=True, kw_only=True, slots=True)
class Contract:
    """The promised limits, in seconds."""

    seen_seconds: float = 0.1
    counts_seconds: float = 1.5
    without_redis_seconds: float = 2.0
    ttl_seconds: float = 30.0
    # The longest time that a call to Redis hangs before the log reports an open breaker.
    notice_seconds: float = 0.06


class Deadlines:
    """Deadlines of versions at workers, given the times at which breakers were open."""

    def __init__(self, journal: Journal, contract: Contract) -> None:
        self._journal = journal
        self._contract = contract

    def due(self, version: Version, register: Register, worker: int, *, personal: bool) -> float:
        """Return the moment from which reads that begin at `worker` must show this version."""
        contract, answered = self._contract, version.ended
        if version.uncertain:
            return answered + contract.ttl_seconds
        due = answered + self._usual(register, worker, personal=personal)
        if register.worker == worker:
            return due
        announced, within = answered, due - answered
        if lost := self._outage(register.worker, version.started, answered):
            # The probe that closes the writer's breaker announces the change to Redis.
            announced, within = max(answered, lost.closed), contract.seen_seconds
        elif not self._outage(worker, answered, due):
            return due
        return max(due, min(self._ends(answered, announced, within, worker)))

    def _usual(self, register: Register, worker: int, *, personal: bool) -> float:
        if register.kind == "counts":
            return self._contract.counts_seconds
        return 0.0 if personal or register.worker == worker else self._contract.seen_seconds

    def _outage(self, worker: int, began: float, ended: float) -> RedisOutage | None:
        """Return the last outage of this worker that overlaps these moments."""
        ended += self._contract.notice_seconds
        for outage in reversed(self._journal.redis_outages.get(worker, [])):
            if outage.opened <= ended and outage.closed >= began:
                return outage
        return None

    def _ends(
        self, answered: float, announced: float, within: float, worker: int
    ) -> Iterator[float]:
        """Yield the moments that end the old page at this worker: its TTL; the worker's next
        question after the announcement; the short TTL without Redis; the worker's own probe."""
        contract = self._contract
        yield answered + contract.ttl_seconds
        due_here = announced + within
        missed = self._outage(worker, announced, due_here)
        yield due_here if missed is None else max(due_here, missed.closed + contract.seen_seconds)
        agreed = answered + contract.without_redis_seconds
        for outage in self._journal.redis_outages.get(worker, []):
            if outage.opened <= agreed <= outage.closed:
                yield agreed
            if outage.probed >= answered:
                yield outage.closed
