"""One read of a page: from memory, else from Redis, else from the database.

`freshcache.policy` decides what may be served. Here that is carried out: one process holds the
lease for loading a page in a generation, a loaded page is stored only if its generation is still
current, and no failure of Redis reaches the reader.
"""

import logging
from collections.abc import Callable
from contextlib import nullcontext, suppress

from freshcache.engine import Engine
from freshcache.errors import DATABASE_FAILURES, Busy, DatabaseUnavailable, PoolExhausted, RedisAway
from freshcache.generation import NO_GENERATION
from freshcache.memory import Page
from freshcache.metrics import Event
from freshcache.policy import Freshness, Outcome, Room, Work
from freshcache.redis.store import Store
from freshcache.redis.stored_page import StoredPage
from freshcache.served import Served

log = logging.getLogger(__name__)

POLL_SECONDS = 0.01
# A page may be stored this long after the generation was asked for. A page that is even younger
# shows that the clock of Redis was set back.
CLOCK_STEP_SECONDS = 1.0

# Returns the body of a page from the database.
Load = Callable[[], bytes]


class Read:
    """One call of `FreshCache.read`, which describes the arguments. For one thread."""

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
        self.rejected = False  # whether Redis refused the fill, for a newer generation

    def run(self) -> Served:
        """Return the page; see `FreshCache.read` for what is raised."""
        try:
            if served := self._try():
                return served
            self.cache.metrics.add("waits")
            while self.cache.clock() - self.started < self.cache.policy.wait_seconds:
                if served := self._try():
                    return served
            return self._load_without_lease()
        except PoolExhausted:
            # This process is busy, but Redis may be well: this reader goes to the database.
            return self._bypass("no free Redis connection")

    def _try(self) -> Served | None:
        """Look for the page once; None: another thread or process loads it, so look again."""
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
        """Set the generation, and return the page in memory, of whatever generation."""
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
            # Another process loads the page. This thread sleeps before it finishes the flight, so
            # that only one thread of the process keeps asking Redis.
            self.cache.sleep(POLL_SECONDS)
        return served

    def _renew(self, stale: Page | None) -> Served | None:
        """Get the page from Redis, or load it with the lease; None: look again in a moment."""
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
        """Return the page from Redis, or else the token of the lease, empty if it is not free."""
        number = self.generation.number
        stored = store.get(self.name)
        if self._is_superseded(stored):
            return None, ""
        if found := self._adopt(stored):
            return found, ""
        seconds = self.cache.policy.lease_seconds
        token = store.lease(self.name, generation=number, seconds=seconds)
        if not token:
            return self._serve(stale, Outcome.STALE_HIT) if stale else None, ""
        # The holder of the lease before may have stored the page since the first look; and another
        # process may have replaced it in a newer generation.
        stored = store.get(self.name)
        superseded = self._is_superseded(stored)
        found = None if superseded else self._adopt(stored)
        if found or superseded:
            store.release(self.name, generation=number, token=token)
            return found, ""
        return None, token

    def _is_superseded(self, stored: StoredPage | None) -> bool:
        """Whether the trusted generation is old, as a stored page shows. If so, ask for it next."""
        if stored is None or stored.generation <= self.generation.number:
            return False
        self.confirmed_since = self.cache.clock()
        return True

    def _adopt(self, stored: StoredPage | None) -> Served | None:
        """Keep in memory the page from Redis, and serve what is there then if it is fresh.

        A page that is older than the one in memory replaces it only if that one is of a superseded
        generation. Otherwise readers of this process would go back: to older counts, if Redis lost
        the last fill in a failover; or from the last good page, which may exist here only, because
        its fill was rejected.
        """
        if stored is None:
            return None
        # The age is measured on the clock of Redis until its answer, and on ours from the question
        # on. The two overlap, so the page is never taken for younger than it is.
        age_when_asked = (self.generation.now_us - stored.as_of_us) / 1_000_000
        if age_when_asked < -CLOCK_STEP_SECONDS:
            return None  # the clock of Redis was set back, so the age of the page is unknown
        snapshot_at = self.generation.asked_at - max(0.0, age_when_asked)
        page = Page(stored.generation, stored.counts_version, snapshot_at, stored.body)
        self.cache.database.answered(snapshot_at)
        known, current = self.memory.get(self.name), self.generation.number
        superseded = known is None or (known.generation != current == page.generation)
        if known is not None and not superseded and snapshot_at <= known.snapshot_at:
            page = known  # another thread may have filled it since this one looked
        else:
            self.memory.put(self.name, page)
        fresh = self.cache.judge(page, self.generation, self.ttl_seconds) is Freshness.FRESH
        return self._serve(page, Outcome.HIT) if fresh else None

    def _load(self, token: str = "") -> Served:
        """Load the page, and store it if its generation is still current. `token`: of the lease."""
        cache, generation = self.cache, self.generation
        try:
            body = self._ask_database()
        except BaseException as error:
            self._release(token)
            if isinstance(error, Busy):
                raise
            if not isinstance(error, DATABASE_FAILURES):
                self._drop()
                raise
            return self._last_good(error)
        page = Page(generation.number, generation.counts_version, generation.asked_at, body)
        stored = self._store(page, token)
        cache.metrics.add("fills" if stored else "discarded_fills")
        if stored or self._is_trusted():
            self.memory.put(self.name, page)
        if self.rejected:
            # The page is newer than those of the next generation may be. As a hit, it would show
            # counts that these do not have yet. It stays in memory as the last good page.
            cache.generations.distrust(generation.number)
        if stored:
            ttl_seconds = cache.policy.ttl_in_force(generation, self.ttl_seconds)
            log.info(
                "filled",
                extra={"page": self.name, "ttl_seconds": ttl_seconds, "shared": generation.shared},
            )
        return self._serve(page, Outcome.MISS, stored=stored)

    def _ask_database(self) -> bytes:
        """Call `load`, with a place of the gate if this work has one."""
        place = self.gate.place() if self.gate else nullcontext()
        with place, self.cache.database.asked():
            return self.load()

    def _is_trusted(self) -> bool:
        """Whether this process still trusts the generation that the page was loaded under."""
        since = self.cache.clock() - self.cache.policy.trust_seconds
        known = self.cache.generations.trusted(since)
        return known is not None and known.number == self.generation.number

    def _store(self, page: Page, token: str) -> bool:
        """Store the page for other readers; False if it was superseded or Redis failed."""
        if not self.room.shared:
            return True
        if self.cache.store is None or not self.generation.shared:
            # Readers of this process only; and not in place of a page of a newer generation.
            return self._is_trusted()
        stored = StoredPage(page.generation, page.counts_version, self.generation.now_us, page.body)
        try:
            with self.cache.breaker.watch():
                filled = self.cache.store.fill(
                    self.name, stored, ttl_seconds=self.ttl_seconds, token=token
                )
        except (PoolExhausted, RedisAway):
            return False
        self.rejected = not filled
        return filled

    def _release(self, token: str) -> None:
        """Give the lease back after a failed load. Else it would end by itself, but later."""
        if self.cache.store is None or not token:
            return
        with suppress(PoolExhausted, RedisAway), self.cache.breaker.watch():
            self.cache.store.release(self.name, generation=self.generation.number, token=token)

    def _drop(self) -> None:
        """Drop the page, so that a deleted object does not come back as the last good page."""
        self.memory.drop(self.name)
        if self.cache.store is not None and self.generation.shared and self.room.shared:
            with suppress(PoolExhausted, RedisAway), self.cache.breaker.watch():
                self.cache.store.forget(self.name)

    def _last_good(self, error: Exception) -> Served:
        """Return the page in memory, of whatever generation; raise the error if there is none."""
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
        """Load after a long wait, with a limit on such loads in one process."""
        with self.cache.loads:
            page = self._look()
            if page is not None:
                if self.cache.judge(page, self.generation, self.ttl_seconds) is Freshness.FRESH:
                    return self._serve(page, Outcome.HIT)
                if self.cache.database.is_down:
                    return self._serve(page, Outcome.LAST_GOOD)
            return self._load()

    def _bypass(self, reason: str) -> Served:
        """Load for this reader only. `reason`: words for the log and Cache-Status."""
        self.cache.metrics.add("bypasses")
        log.info("bypass", extra={"page": self.name, "reason": reason})
        snapshot_at = self.cache.clock()
        try:
            body = self._ask_database()
        except DATABASE_FAILURES as error:
            return self._last_good(error)
        page = Page(generation=0, counts_version=0, snapshot_at=snapshot_at, body=body)
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
        if outcome is Outcome.HIT and (self.generation.shared or cache.policy.single_process):
            cache.self_check.consider(self.name, page, self.load)
        return Served(
            cache=cache,
            page=page,
            outcome=outcome,
            age_seconds=age,
            ttl_seconds=cache.policy.ttl_in_force(self.generation, self.ttl_seconds) - age,
            shared=self.generation.shared,
            counts_version=self.generation.counts_version,
            stored=stored,
            room=self.room,
            name=self.name,
        )


_COUNTED: dict[Outcome, Event] = {
    Outcome.HIT: "hits",
    Outcome.STALE_HIT: "stale_hits",
    Outcome.MISS: "misses",
}
