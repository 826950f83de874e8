"""What one cache keeps in one process: pages, generation, breaker, counts.

How a read goes on is told in `freshcache.read`, what may be served in `freshcache.policy`.
"""

import logging
import threading
import time
from collections.abc import Callable

from freshcache.breaker import Breaker
from freshcache.database_breaker import DatabaseBreaker
from freshcache.errors import PoolExhausted, RedisAway
from freshcache.gates import Gate
from freshcache.generation import Change, Generation, Generations
from freshcache.memory import Memory, Page, SingleFlight
from freshcache.metrics import Metrics
from freshcache.policy import Freshness, Policy, Room, Work
from freshcache.redis.store import DefaultStore, Store, default_store
from freshcache.self_check import Finding, SelfCheck

log = logging.getLogger(__name__)

# What each room gets of the memory. The newest pages weigh less than theirs at their heaviest.
SHARES = {Room.NEWEST: 0.25, Room.LINKED: 0.5, Room.ISOLATED: 0.25}
# What slow loads get of the threads, so that the others stay with the rest.
SLOW_SHARE = 0.5
# How long an isolated page that loads in milliseconds may wait for its turn.
ISOLATED_WAIT_SECONDS = 1.0

DEFAULT_STORE = DefaultStore()


class Engine:
    """What one process keeps of the pages that all processes with this `namespace` share.

    `FreshCache` is it with the ways in.

    `store`: what they share in Redis; None: nothing, this process is on its own. Left out, it is
    the Redis of `CACHES["default"]` if that is django-redis, and nothing if it is not.

    `version` is of what the pages hold: raised, processes of before share no pages with these.
    `label` is what Cache-Status (RFC 9211) calls this cache. Thread-safe; a server may fork after
    it was made.
    """

    def __init__(
        self,
        namespace: str,
        *,
        policy: Policy | None = None,
        store: Store | DefaultStore | None = DEFAULT_STORE,
        version: str = "",
        label: str = "freshcache",
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        breaker: Callable[[Callable[[], None]], Breaker] | None = None,
    ) -> None:
        self.policy = policy = policy or Policy()
        if isinstance(store, DefaultStore):
            store = default_store(namespace, version=version)
        self.store = store
        self.label = label
        self.clock = clock
        self.sleep = sleep
        self.generations = Generations(store, clock=clock, breaker=breaker)
        self.breaker = self.generations.breaker
        self.metrics = Metrics(self._send_counts if store else None)
        self.memories = {
            room: Memory(int(policy.memory_bytes * share)) for room, share in SHARES.items()
        }
        self.self_check = SelfCheck(
            every_seconds=policy.self_check_seconds,
            current=lambda: self.generations.current(self.clock()),
            report=self._self_checked,
            clock=clock,
            sleep=sleep,
        )
        self.database = DatabaseBreaker(clock)
        self.single_flight = SingleFlight()
        self.loads = threading.BoundedSemaphore(policy.loads_per_process)
        self.gates = {
            Work.ISOLATED: self._gate(readers=policy.threads),
            Work.SLOW: self._gate(readers=max(1, int(policy.threads * SLOW_SHARE))),
        }

    @property
    def pages_in_memory(self) -> int:
        return sum(map(len, self.memories.values()))

    def _gate(self, *, readers: int) -> Gate:
        loads = min(self.policy.loads_per_process, readers)
        return Gate(loads=loads, readers=readers, wait_seconds=ISOLATED_WAIT_SECONDS)

    def bump(self, what: Change, cause: str) -> None:
        """What is committed already has changed: begin a new generation, or new counts, now."""
        self.metrics.add("invalidations" if what == "content" else "count_invalidations")
        told = self.generations.bump(what)
        if not told:
            self.metrics.add("lost_invalidations")
        log.info("invalidated", extra={"what": what, "cause": cause, "lost": not told})

    def changed(self, *, hard: bool, cause: str, using: str) -> None:
        """A transaction has committed; see `freshcache.transactions`."""
        self.bump("content" if hard else "counts", cause)

    def judge(self, page: Page, generation: Generation, ttl_seconds: float) -> Freshness:
        return self.policy.judge(
            page, generation, ttl_seconds=ttl_seconds, age_seconds=self.clock() - page.snapshot_at
        )

    def _self_checked(self, name: str, finding: Finding) -> None:
        if finding == "unknown":
            return
        if finding == "stale":
            self.bump("content", "self-check")
            self.metrics.add("stale_total")
            log.error("a stale page was served as a hit", extra={"page": name})
        self.metrics.add("self_checks")

    def _send_counts(self, counts: dict[str, int]) -> bool:
        if self.store is None or not self.breaker.closed:
            return False
        try:
            with self.breaker.watch():
                self.store.count(counts)
        except (PoolExhausted, RedisAway):
            return False
        return True
