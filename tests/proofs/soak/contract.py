"""The freshness contract in figures (docs/caching.md): from when on a reader must see a change.

Only when a read *began* counts, and only when a write was *answered*: a machine that is slow makes
both later, and breaks no promise. So no slack is needed anywhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.proofs.soak.journal import Away, Journal, Register, Version


@dataclass(frozen=True, kw_only=True, slots=True)
class Contract:
    """The promised bounds, in seconds."""

    seen_seconds: float = 0.1
    counts_seconds: float = 1.5
    away_seconds: float = 2.0
    ttl_seconds: float = 30.0
    # A call to Redis hangs this long, at most, before the log says that the breaker is open.
    notice_seconds: float = 0.06


class Deadlines:
    """When which version is due at which worker, given whose breaker was open when."""

    def __init__(self, journal: Journal, contract: Contract) -> None:
        self._journal = journal
        self._contract = contract

    def due(self, version: Version, register: Register, worker: int, *, personal: bool) -> float:
        """From when on every read that begins at `worker` must show the version or a later one."""
        contract, answered = self._contract, version.ended
        if version.unsure:
            return answered + contract.ttl_seconds
        due = answered + self._usual(register, worker, personal=personal)
        if register.worker == worker:
            return due
        told, within = answered, due - answered
        if lost := self._away(register.worker, version.started, answered):
            # Redis hears of it from the probe that closes the writer's breaker.
            told, within = max(answered, lost.closed), contract.seen_seconds
        elif not self._away(worker, answered, due):
            return due
        return max(due, min(self._ends(answered, told, within, worker)))

    def _usual(self, register: Register, worker: int, *, personal: bool) -> float:
        if register.kind == "counts":
            return self._contract.counts_seconds
        return 0.0 if personal or register.worker == worker else self._contract.seen_seconds

    def _away(self, worker: int, began: float, ended: float) -> Away | None:
        """The last time that the worker was without Redis between these moments."""
        ended += self._contract.notice_seconds
        for away in reversed(self._journal.aways.get(worker, [])):
            if away.opened <= ended and away.closed >= began:
                return away
        return None

    def _ends(self, answered: float, told: float, within: float, worker: int) -> Iterator[float]:
        """What ends the old page at this worker: its TTL; Redis, once told, when the worker asks it
        again; the short life of pages without Redis; the probe of the worker itself."""
        contract = self._contract
        yield answered + contract.ttl_seconds
        heard = told + within
        missed = self._away(worker, told, heard)
        yield heard if missed is None else max(heard, missed.closed + contract.seen_seconds)
        agreed = answered + contract.away_seconds
        for away in self._journal.aways.get(worker, []):
            if away.opened <= agreed <= away.closed:
                yield agreed
            if away.probed >= answered:
                yield away.closed
