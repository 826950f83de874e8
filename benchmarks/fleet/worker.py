"""A simulated worker process, with the steps of `freshcache.generation`."""

from dataclasses import replace
from math import inf

from benchmarks.fleet.world import Copy, Signal, Steps, World
from freshcache.generation import NO_GENERATION, Generation
from freshcache.metrics import FLUSH_SECONDS
from freshcache.policy import Freshness
from freshcache.self_check import SETTLE_SECONDS


class Worker:
    """A worker. `phase`, from 0 to 1, distributes periodic work evenly over the workers."""

    def __init__(self, world: World, phase: float) -> None:
        self.world, self.policy = world, world.fleet.policy
        self.known = NO_GENERATION
        self.memory: dict[int, Copy] = {}
        self.flights: dict[int, Signal] = {}
        self.loading, self.loaded = 0, Signal()  # without a lease
        self._asking: Signal | None = None
        self._unsent = False
        self._check_due = (1 + phase) * self.policy.self_check_seconds or inf
        world.start(self._send_counts(), phase * FLUSH_SECONDS)

    def judge(self, copy: Copy | None, generation: Generation) -> Freshness:
        if copy is None:
            return Freshness.OLD
        ttl, age = self.world.fleet.ttl_seconds, self.world.now - copy.snapshot_at
        return self.policy.judge(copy, generation, ttl_seconds=ttl, age_seconds=age)

    def hits(self, page: int) -> bool:
        """Answer a read from memory without Redis if possible; return whether it was answered."""
        copy = self.memory.get(page)
        if copy is None or not self._knows(self.world.now - self.policy.trust_seconds):
            return False
        if self.judge(copy, self.known) is not Freshness.FRESH:
            return False
        self.answer("hits", copy, self.world.now)
        return True

    def answer(self, outcome: str, copy: Copy, began: float) -> None:
        """Count an answer; start a self-check if one is due."""
        self._unsent = True
        self.world.answered(outcome, copy, began)
        if outcome == "hits" and self.world.now >= self._check_due:
            self._check_due = self.world.now + self.policy.self_check_seconds
            self.world.start(self._self_check(copy))

    def write(self) -> Steps[None]:
        """Commit a change and bump the generation."""
        self.world.commit()
        yield from self._ask(bump=True)

    def current(self, since: float) -> Steps[Generation]:
        """Return the generation, confirmed at `since` or later. One request at a time."""
        while not self._knows(since) and self._asking is not None:
            yield self._asking
        if not self._knows(since):
            self._asking = asking = Signal()
            yield from self._ask(bump=False)
            self._asking = None
            self.world.fire(asking)
        return self.known

    def trusts(self, generation: Generation, since: float) -> bool:
        """Return whether this is the known generation, confirmed at `since` or later."""
        return self._knows(since) and self.known.number == generation.number

    def distrust(self, number: int) -> None:
        """Ask before the next read, because the generation `number` is known to be over."""
        if self.known.number == number:
            self.known = replace(self.known, asked_at=-inf)

    def keep(self, page: int, copy: Copy) -> None:
        """Store a copy in memory, unless the stored one is newer."""
        old = self.memory.get(page)
        if old and old.generation == copy.generation and old.snapshot_at > copy.snapshot_at:
            return
        self.memory[page] = copy

    def _knows(self, since: float) -> bool:
        return self.known.shared and self.known.asked_at >= since

    def _ask(self, *, bump: bool) -> Steps[None]:
        number = -1
        while number < self.known.number:  # superseded by a bump meanwhile: ask again
            asked_at = self.world.now
            number = yield from self.world.confirm(bump=bump)
            bump = False
        if number > self.known.number or asked_at > self.known.asked_at:
            self.known = Generation(number, 1, shared=True, asked_at=asked_at, now_us=0)

    def _send_counts(self) -> Steps[None]:
        while True:
            if self._unsent:
                self._unsent = False
                yield from self.world.count()
            yield FLUSH_SECONDS

    def _self_check(self, copy: Copy) -> Steps[None]:
        if (yield from self.world.load("checks")) != copy.version:
            yield SETTLE_SECONDS
            yield from self.current(self.world.now)
