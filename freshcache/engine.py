"""The state of one cache in one process: memory, generation, breakers, metrics.

`freshcache.read` describes how a read uses it, `freshcache.policy` what may be served.
"""

import logging
import threading
import time
from collections.abc import Callable

from freshcache.breaker import Breaker
from freshcache.database_breaker import DatabaseBreaker
from freshcache.errors import PoolExhausted, RedisAway
from freshcache.gates import Gate
from freshcache.generation import Generation, Generations
from freshcache.memory import Memory, Page, SingleFlight
from freshcache.metrics import Metrics
from freshcache.policy import Freshness, Policy, Room, Work
from freshcache.redis.store import DefaultStore, Store, default_store
from freshcache.self_check import Finding, SelfCheck
from freshcache.transactions import Change
from freshcache.trust_renewal import TrustRenewal

log = logging.getLogger(__name__)

# The part of the memory that each room gets. The few pages of NEWEST never fill theirs.
SHARES = {Room.NEWEST: 0.25, Room.LINKED: 0.5, Room.ISOLATED: 0.25}
# The part of the threads that slow loads may hold, so that the others answer other requests.
SLOW_SHARE = 0.5
# How long the load of an isolated page may wait for its turn.
ISOLATED_WAIT_SECONDS = 1.0

DEFAULT_STORE = DefaultStore()


class Engine:
    """The base of `FreshCache`, without its public methods.

    `namespace`: processes with the same one share pages and changes. `store`: the data they share
    in Redis; None: this process shares nothing. Left out, it is in the Redis of `CACHES["default"]`
    if that is django-redis; else nothing is shared. `version`: of the content of pages, see
    `KeyNames`. `label`: the name of this cache in Cache-Status (RFC 9211).

    Thread-safe. A server may fork after this was made.
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
        self.trust_renewal = TrustRenewal(self.generations)
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
        """The number of pages in the memory of this process."""
        return sum(map(len, self.memories.values()))

    def _gate(self, *, readers: int) -> Gate:
        loads = min(self.policy.loads_per_process, readers)
        return Gate(loads=loads, readers=readers, wait_seconds=ISOLATED_WAIT_SECONDS)

    def bump(self, change: Change, cause: str) -> None:
        """Begin a new generation or counts version now, for a change that is committed already.

        `cause`: words for the log. `FreshCache.invalidate` waits for the commit and calls this.
        """
        self.metrics.add("invalidations" if change == "content" else "count_invalidations")
        is_shared = self.generations.bump(change)
        if not is_shared:
            self.metrics.add("lost_invalidations")
        log.info("invalidated", extra={"change": change, "cause": cause, "lost": not is_shared})

    def changed(self, change: Change, *, cause: str, using: str) -> None:
        """Begin a new generation after a commit; see `freshcache.transactions.Observer`."""
        self.bump(change, cause)

    def judge(self, page: Page, generation: Generation, ttl_seconds: float) -> Freshness:
        """Return whether the page may be served now in this generation, see `Policy.judge`."""
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
