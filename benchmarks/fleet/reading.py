"""A simulated read through memory, Redis and the database, with the steps of `freshcache.read`."""

from benchmarks.fleet.worker import Worker
from benchmarks.fleet.world import Copy, Signal, Steps
from freshcache.generation import NO_GENERATION
from freshcache.policy import Freshness
from freshcache.read import POLL_SECONDS


class Reading:
    """One read of a page by a worker."""

    def __init__(self, worker: Worker, page: int) -> None:
        self._worker, self._page = worker, page
        self._world, self._policy = worker.world, worker.policy
        self._began = self._world.now
        self._confirmed_since = 0.0
        self._generation = NO_GENERATION

    def run(self) -> Steps[None]:
        """Read the page."""
        if (yield from self._try()):
            return
        self._world.counted["waits"] += 1
        while self._world.now - self._began < self._policy.wait_seconds:
            if (yield from self._try()):
                return
        yield from self._load_without_lease()

    def _try(self) -> Steps[bool]:
        """Try to serve the page; return whether it was served. If not, try again."""
        copy = yield from self._look()
        freshness = self._worker.judge(copy, self._generation)
        if copy is not None and freshness is Freshness.FRESH:
            return self._serve("hits", copy)
        stale = copy if freshness is Freshness.STALE else None
        flights = self._worker.flights
        if self._page not in flights:
            flight = flights[self._page] = Signal()
            served = yield from self._renew(stale)
            if not served:
                yield POLL_SECONDS
            del flights[self._page]
            self._world.fire(flight)
            return served
        if stale is not None:
            return self._serve("stale_hits", stale)
        yield flights[self._page]
        return False

    def _look(self) -> Steps[Copy | None]:
        trusted_since = self._world.now - self._policy.trust_seconds
        since = max(self._confirmed_since, trusted_since)
        self._generation = yield from self._worker.current(since)
        return self._worker.memory.get(self._page)

    def _renew(self, stale: Copy | None) -> Steps[bool]:
        world, page, number = self._world, self._page, self._generation.number
        stored = yield from world.get(page)
        if self._is_superseded(stored):
            return False
        if self._adopt(stored):
            return True
        if not (yield from world.lease(page, number)):
            return self._serve("stale_hits", stale) if stale else False
        stored = yield from world.get(page)
        superseded = self._is_superseded(stored)
        found = not superseded and self._adopt(stored)
        if found or superseded:
            yield from world.release(page, number)
            return found
        yield from self._load(leased=True)
        return True

    def _is_superseded(self, stored: Copy | None) -> bool:
        if stored is None or stored.generation <= self._generation.number:
            return False
        self._confirmed_since = self._world.now
        return True

    def _adopt(self, stored: Copy | None) -> bool:
        if stored is None:
            return False
        self._worker.keep(self._page, stored)
        fresh = self._worker.judge(stored, self._generation) is Freshness.FRESH
        return fresh and self._serve("hits", stored)

    def _load(self, *, leased: bool) -> Steps[None]:
        known = self._generation
        version = yield from self._world.load("loads")
        copy = Copy(known.number, known.counts_version, known.asked_at, b"", version)
        stored = yield from self._world.fill(self._page, copy, leased=leased)
        self._world.counted["fills" if stored else "discarded_fills"] += 1
        since = self._world.now - self._policy.trust_seconds
        if stored or self._worker.trusts(known, since):
            self._worker.keep(self._page, copy)
        if not stored:
            self._worker.distrust(known.number)
        self._serve("misses", copy)

    def _load_without_lease(self) -> Steps[None]:
        worker = self._worker
        while worker.loading >= self._policy.loads_per_process:
            yield worker.loaded
        worker.loading += 1
        copy = yield from self._look()
        if copy is not None and worker.judge(copy, self._generation) is Freshness.FRESH:
            self._serve("hits", copy)
        else:
            yield from self._load(leased=False)
        worker.loading -= 1
        self._world.fire(worker.loaded)

    def _serve(self, outcome: str, copy: Copy) -> bool:
        self._worker.answer(outcome, copy, self._began)
        return True
