"""One read on its way to a page: through memory, Redis and the database, as far as it has to go.

What may be served is decided in `freshcache.policy`. Here it is carried out: one loader per page
and generation holds the lease, a fill is stored only if its generation is still the current one by
then, and nothing that goes wrong with Redis reaches the reader.
"""

import logging
from collections.abc import Callable
from contextlib import nullcontext, suppress

from freshcache.engine import Engine
from freshcache.errors import Busy, DatabaseUnavailable, PoolExhausted, RedisAway
from freshcache.generation import NO_GENERATION
from freshcache.memory import Page
from freshcache.metrics import Event
from freshcache.policy import DATABASE_FAILURES, Freshness, Outcome, Room, Work
from freshcache.redis.store import Store
from freshcache.redis.stored_page import StoredPage
from freshcache.served import Served

log = logging.getLogger(__name__)

POLL_SECONDS = 0.01
# A page may be younger than the last question by as long as a read takes, but no more.
CLOCK_STEP_SECONDS = 1.0

Load = Callable[[], bytes]


class Read:
    """One read on its way: through memory, Redis and the database, as far as it has to go."""

    def __init__(
        self,
        cache: Engine,
        name: str,
        load: Load,
        ttl_seconds: float,
        *,
        confirm: bool,
        may_fill: bool,
        room: Room,
        work: Work,
    ) -> None:
        self.cache = cache
        self.name = name
        self.load = load
        self.ttl_seconds = ttl_seconds
        self.may_fill = may_fill
        self.room = room
        self.memory = cache.memories[room]
        self.gate = cache.gates.get(work)
        self.started = cache.clock()
        self.confirmed_since = self.started if confirm else 0.0
        self.generation = NO_GENERATION

    def run(self) -> Served:
        try:
            if served := self._try():
                return served
            self.cache.metrics.add("waits")
            while self.cache.clock() - self.started < self.cache.policy.wait_seconds:
                if served := self._try():
                    return served
            return self._load_without_lease()
        except PoolExhausted:
            # No outage, and no reason to wait: this reader goes to the database.
            return self._bypass("no free Redis connection")

    def _try(self) -> Served | None:
        """One look at everything; None: look again, somebody is about to fill the page."""
        cache = self.cache
        page = self._look()
        freshness = cache.judge(page, self.generation, self.ttl_seconds) if page else Freshness.OLD
        if page is not None and freshness is Freshness.FRESH:
            return self._serve(page, Outcome.HIT)
        stale = page if freshness is Freshness.STALE else None
        if not self.may_fill:
            return self._serve(stale, Outcome.STALE_HIT) if stale else self._bypass("transaction")
        if page is not None and cache.database.is_down:
            return self._serve(page, Outcome.STALE_HIT if stale else Outcome.LAST_GOOD)
        if cache.single_flight.begin(self.name):
            try:
                return self._renew_or_wait(stale)
            finally:
                cache.single_flight.finish(self.name)
        if stale is not None:
            return self._serve(stale, Outcome.STALE_HIT)
        cache.single_flight.wait(self.name, cache.policy.wait_seconds)
        return None

    def _look(self) -> Page | None:
        """The page in this process's memory, and the generation to hold it against."""
        trusted_since = self.cache.clock() - self.cache.policy.trust_seconds
        self.generation = self.cache.generations.current(max(self.confirmed_since, trusted_since))
        return self.memory.get(self.name)

    def _renew_or_wait(self, stale: Page | None) -> Served | None:
        try:
            served = self._renew(stale)
        except Busy:
            if stale is None:
                raise
            return self._serve(stale, Outcome.STALE_HIT)
        if served is None:
            # It is another worker's to load. The flight goes on, so that only one thread of the
            # process keeps asking for it.
            self.cache.sleep(POLL_SECONDS)
        return served

    def _renew(self, stale: Page | None) -> Served | None:
        """The page from Redis, or by loading it with the lease; None: look again in a moment."""
        store = self.cache.store
        if store is None or not self.generation.shared or not self.room.shared:
            return self._load()
        try:
            with self.cache.breaker.watch():
                served, token = self._ask_redis(store, stale)
        except RedisAway:
            return None
        return self._load(token) if token else served

    def _ask_redis(self, store: Store, stale: Page | None) -> tuple[Served | None, str]:
        """What Redis has to serve, or else the lease, if it is free."""
        number = self.generation.number
        stored = store.get(self.name)
        if self._is_overtaken(stored):
            return None, ""
        if found := self._adopt(stored):
            return found, ""
        seconds = self.cache.policy.lease_seconds
        token = store.lease(self.name, generation=number, seconds=seconds)
        if not token:
            return self._serve(stale, Outcome.STALE_HIT) if stale else None, ""
        # Whoever had the lease before may have filled the page since we looked, and another, in a
        # newer generation, may have replaced it.
        stored = store.get(self.name)
        overtaken = self._is_overtaken(stored)
        found = None if overtaken else self._adopt(stored)
        if found or overtaken:
            store.release(self.name, generation=number, token=token)
            return found, ""
        return None, token

    def _is_overtaken(self, stored: StoredPage | None) -> bool:
        """Whether somebody knows of a newer generation than the one trusted here; then ask."""
        if stored is None or stored.generation <= self.generation.number:
            return False
        self.confirmed_since = self.cache.clock()
        return True

    def _adopt(self, stored: StoredPage | None) -> Served | None:
        """Keep in memory what lies in Redis, and serve it if it is fresh.

        An old one, whose only use is to be the last good page, takes no younger one's place: what
        this process loaded and was outrun with lies nowhere else.
        """
        if stored is None:
            return None
        # Age by Redis's clock up to its answer, by ours since the question: it errs to the old.
        age_when_asked = (self.generation.now_us - stored.as_of_us) / 1_000_000
        if age_when_asked < -CLOCK_STEP_SECONDS:
            return None  # Redis's clock was set back, so nobody can tell how old the page is
        snapshot_at = self.generation.asked_at - max(0.0, age_when_asked)
        page = Page(stored.generation, stored.counts, snapshot_at, stored.body)
        self.cache.database.answered(snapshot_at)
        known = self.memory.get(self.name)
        current = page.generation == self.generation.number
        if current or known is None or known.snapshot_at < snapshot_at:
            self.memory.put(self.name, page)
        fresh = self.cache.judge(page, self.generation, self.ttl_seconds) is Freshness.FRESH
        return self._serve(page, Outcome.HIT) if fresh else None

    def _load(self, token: str = "") -> Served:
        """Load the page, and store it if its generation is still the current one by then."""
        cache, generation = self.cache, self.generation
        try:
            body = self._ask_database()
        except BaseException as error:
            self._release(token)
            if isinstance(error, Busy):
                raise
            if not isinstance(error, DATABASE_FAILURES):
                self._forget()
                raise
            return self._last_good(error)
        page = Page(generation.number, generation.counts, generation.asked_at, body)
        stored = self._store(page, token)
        cache.metrics.add("fills" if stored else "discarded_fills")
        if stored or self._is_trusted():
            # Outrun, it is of after the question that this process still goes by: no older than
            # what the others of its generation show until then.
            self.memory.put(self.name, page)
        if stored:
            ttl_seconds = cache.policy.ttl_in_force(generation, self.ttl_seconds)
            log.info(
                "filled",
                extra={"page": self.name, "ttl_seconds": ttl_seconds, "shared": generation.shared},
            )
        return self._serve(page, Outcome.MISS, stored=stored)

    def _ask_database(self) -> bytes:
        """Load, at a place of the gate if there is one. Raise `Busy`, or what `load` raises."""
        place = self.gate.place() if self.gate else nullcontext()
        with place, self.cache.database.asked():
            return self.load()

    def _is_trusted(self) -> bool:
        """Whether this process still goes by the generation that it loaded under."""
        since = self.cache.clock() - self.cache.policy.trust_seconds
        known = self.cache.generations.trusted(since)
        return known is not None and known.number == self.generation.number

    def _store(self, page: Page, token: str) -> bool:
        if not self.room.shared:
            return True
        if self.cache.store is None or not self.generation.shared:
            # For this process alone; and not over a page of a later generation of its own.
            return self._is_trusted()
        stored = StoredPage(page.generation, page.counts, self.generation.now_us, page.body)
        try:
            with self.cache.breaker.watch():
                return self.cache.store.fill(
                    self.name, stored, ttl_seconds=self.ttl_seconds, token=token
                )
        except (PoolExhausted, RedisAway):
            return False

    def _release(self, token: str) -> None:
        """Give the lease back after a failed load; it would end by itself, but later."""
        if self.cache.store is None or not token:
            return
        with suppress(PoolExhausted, RedisAway), self.cache.breaker.watch():
            self.cache.store.release(self.name, generation=self.generation.number, token=token)

    def _forget(self) -> None:
        """What is gone (a deleted post, say) does not come back as the last good page."""
        self.memory.drop(self.name)
        if self.cache.store is not None and self.generation.shared and self.room.shared:
            with suppress(PoolExhausted, RedisAway), self.cache.breaker.watch():
                self.cache.store.forget(self.name)

    def _last_good(self, error: Exception) -> Served:
        """The page of before the database went away, of whatever generation, and labelled so."""
        page = self.memory.get(self.name)
        if not isinstance(error, DatabaseUnavailable):
            self.cache.metrics.add("errors")
            log.error(
                "load failed",
                extra={"page": self.name, "error": repr(error), "served_last_good": bool(page)},
            )
        if page is None:
            raise error
        return self._serve(page, Outcome.LAST_GOOD)

    def _load_without_lease(self) -> Served:
        """Waited long enough: load, but only a few at a time in one process."""
        with self.cache.loads:
            page = self._look()
            if page is not None:
                if self.cache.judge(page, self.generation, self.ttl_seconds) is Freshness.FRESH:
                    return self._serve(page, Outcome.HIT)
                if self.cache.database.is_down:
                    return self._serve(page, Outcome.LAST_GOOD)
            return self._load()

    def _bypass(self, reason: str) -> Served:
        """Load for this reader alone."""
        self.cache.metrics.add("bypasses")
        log.info("bypass", extra={"page": self.name, "reason": reason})
        snapshot_at = self.cache.clock()
        try:
            body = self._ask_database()
        except DATABASE_FAILURES as error:
            return self._last_good(error)
        page = Page(generation=0, counts=0, snapshot_at=snapshot_at, body=body)
        return Served(
            cache=self.cache,
            page=page,
            outcome=Outcome.BYPASS,
            room=self.room,
            name=self.name,
            reason=reason,
        )

    def _serve(self, page: Page, outcome: Outcome, *, stored: bool = False) -> Served:
        cache = self.cache
        age = max(0.0, cache.clock() - page.snapshot_at)
        if outcome is not Outcome.LAST_GOOD:
            cache.metrics.add(_COUNTED[outcome])
        log.debug(outcome, extra={"page": self.name, "age_seconds": age})
        if outcome is Outcome.HIT and (self.generation.shared or cache.policy.alone):
            cache.self_check.consider(self.name, page, self.load)
        return Served(
            cache=cache,
            page=page,
            outcome=outcome,
            age_seconds=age,
            ttl_seconds=cache.policy.ttl_in_force(self.generation, self.ttl_seconds) - age,
            shared=self.generation.shared,
            counts=self.generation.counts,
            stored=stored,
            room=self.room,
            name=self.name,
        )


_COUNTED: dict[Outcome, Event] = {
    Outcome.HIT: "hits",
    Outcome.STALE_HIT: "stale_hits",
    Outcome.MISS: "misses",
}
