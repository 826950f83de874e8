"""The cached feed of one worker: what it keeps, and where reads and invalidations begin.

How a read goes on is told in `feed.read`, what may be served in `feed.policy`.
"""

import functools
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import replace

import redis
import structlog
from django.conf import settings
from django.utils.crypto import salted_hmac
from django_redis import get_redis_connection

from feed.breaker import Breaker, RedisAway
from feed.connections import PoolExhausted
from feed.database import Database
from feed.gates import Gate
from feed.generation import Generation, Generations, What
from feed.memory import Flights, KnownNames, Memory, Page, Weighed
from feed.metrics import Metrics
from feed.policy import Freshness, Outcome, Policy, Room, Served, Work
from feed.read import Load, Read
from feed.selfcheck import Finding, SelfCheck
from feed.store import Store

log = structlog.stdlib.get_logger(__name__)

# What each room gets of the memory. The newest pages weigh less than theirs at their heaviest.
SHARES = {Room.NEWEST: 0.25, Room.LINKED: 0.5, Room.ISOLATED: 0.25}
# Each takes some 200 bytes.
MOST_TAGS = 10_000
# What searches get of the threads, so that the others stay with the feed.
SEARCH_SHARE = 0.5
# How long an isolated page that loads in milliseconds may wait for its turn.
ISOLATED_WAIT_SECONDS = 1.0


class FeedCache:
    """One worker's view of the cached feed. `store` is None where no Redis is configured."""

    def __init__(
        self,
        policy: Policy,
        store: Store | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        breaker: Callable[[Callable[[], None]], Breaker] | None = None,
    ) -> None:
        self.policy = policy
        self.store = store
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
        self.database = Database(clock)
        self.flights = Flights()
        self.loads = threading.BoundedSemaphore(policy.loads_per_process)
        searches = max(1, int(policy.threads * SEARCH_SHARE))
        # Hashtags known to be in posts.
        self.tags = KnownNames(MOST_TAGS)
        self.gates = {
            Work.ISOLATED: self._gate(readers=policy.threads),
            Work.SEARCH: self._gate(readers=searches),
        }

    def read(
        self,
        name: str,
        load: Load,
        *,
        ttl_seconds: float,
        confirm: bool = False,
        may_fill: bool = True,
        room: Room = Room.LINKED,
        work: Work = Work.ORDINARY,
    ) -> Served:
        """The page called `name`, from wherever it is fresh, else by `load`.

        `confirm`: ask for the generation even if one is trusted, so that the reader sees whatever
        was committed before. `may_fill` False: what `load` returns is not for others (it runs in
        a transaction, and may see what is not committed).

        `room`: where the page is kept. In each it is as fresh as in the others. `work`: what the
        load may cost; only so many threads do work that is not ORDINARY at a time. Raise `Busy`
        for one more; a hit takes no place among them.

        Raise what `load` raises; but where that is a database failure and an earlier page is
        still in memory, return that one, as ERROR.
        """
        return Read(
            self, name, load, ttl_seconds, confirm=confirm, may_fill=may_fill, room=room, work=work
        ).run()

    def keep(self, served: Served, key: Hashable, made: Weighed) -> None:
        """Keep with a page what was made of its body. Other threads may find it there."""
        served.page.made[key] = made
        self.memories[served.room].weigh(served.name, served.page)

    def share(self, served: Served) -> Served:
        """Keep an isolated page among the shared ones, which turned out to be one of them."""
        if served.outcome is Outcome.BYPASS or served.outcome is Outcome.ERROR:
            return served
        # Another page of the same bytes: what is made of each is weighed where it is kept.
        page = replace(served.page)
        self.memories[Room.LINKED].put(served.name, page)
        return replace(served, page=page, room=Room.LINKED)

    @property
    def pages_in_memory(self) -> int:
        return sum(map(len, self.memories.values()))

    def _gate(self, *, readers: int) -> Gate:
        loads = min(self.policy.loads_per_process, readers)
        return Gate(loads=loads, readers=readers, wait_seconds=ISOLATED_WAIT_SECONDS)

    def invalidate(self, cause: str) -> None:
        """What the feed shows has changed and is committed: no page of before is a hit any more."""
        self.metrics.add("invalidations")
        self._bump("posts", cause)

    def invalidate_counts(self, cause: str) -> None:
        """Only counts have changed: pages follow softly, one refresh a second each at the most."""
        self.metrics.add("count_invalidations")
        self._bump("counts", cause)

    def _bump(self, what: What, cause: str) -> None:
        told = self.generations.bump(what)
        if not told:
            self.metrics.add("lost_invalidations")
        log.info("invalidated", what=what, cause=cause, lost=not told)

    def judge(self, page: Page, generation: Generation, ttl_seconds: float) -> Freshness:
        return self.policy.judge(
            page, generation, ttl_seconds=ttl_seconds, age_seconds=self.clock() - page.snapshot_at
        )

    def _self_checked(self, name: str, finding: Finding) -> None:
        if finding == "unknown":
            return
        if finding == "stale":
            self.invalidate("self-check")
            self.metrics.add("stale_total")
            log.error("a stale page was served as a hit", page=name)
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


_making = threading.Lock()


def feed_cache() -> FeedCache:
    """This process's cache of the feed, made from the settings at the first call."""
    with _making:  # two of them would not hear of each other's changes
        return _made()


@functools.cache
def _made() -> FeedCache:
    options = {
        name.lower(): value for name, value in settings.FEED.items() if name != "TTL_SECONDS"
    }
    redis_url = settings.REDIS_URL
    store = shared_store(lambda: get_redis_connection("default")) if redis_url else None
    alone = not redis_url and settings.WEB_WORKERS == 1
    return FeedCache(Policy(alone=alone, threads=settings.WEB_THREADS, **options), store)


def shared_store(connect: Callable[[], "redis.Redis"]) -> Store:
    """What this site shares in the Redis that `connect` reaches.

    Its secret is of SECRET_KEY: with another key, what was stored before counts as missing.
    """
    secret = salted_hmac("feed.store", "", algorithm="sha256").digest()
    return Store(connect, secret=secret, prefix=settings.REDIS_KEY_PREFIX)


def reset() -> None:
    """Forget this process's cache: the next call makes another from the settings of then."""
    _made.cache_clear()
