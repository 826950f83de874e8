"""The cache policy: which page may be served, and for how long.

A page is fresh in the generation it was loaded under, up to the grace at the end of its TTL, which
is counted from its database snapshot. In the grace nothing is known to have changed: one reader
renews the page, and the others are served. A page of another generation is known to be old, and not
served. A change of counts alone is followed within a bound. The reasons are in docs/caching.md.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum

from freshcache.generation import Generation
from freshcache.memory import Page


class Room(StrEnum):
    """The part of the memory in which a page is kept, so that no kind pushes out another.

    NEWEST: the few pages that most readers ask for. LINKED: pages whose number is bounded by what
    exists. Both are shared: they are in Redis and behind the front door too. ISOLATED: pages of
    which readers can ask for any number (searches, say); they are in a small memory of the process
    only.
    """

    NEWEST = "newest"
    LINKED = "linked"
    ISOLATED = "isolated"

    @property
    def shared(self) -> bool:
        """Whether other processes get this page through Redis."""
        return self is not Room.ISOLATED


class Work(StrEnum):
    """The cost of loading a page.

    ORDINARY: milliseconds, and other readers wait for the same page. ISOLATED: milliseconds, but
    readers can ask for any number of such pages. SLOW: up to a second.
    """

    ORDINARY = "ordinary"
    ISOLATED = "isolated"
    SLOW = "slow"


class Freshness(Enum):
    """What the policy says of a page."""

    FRESH = "serve it"
    STALE = "serve it while one thread renews it"
    OLD = "don't serve it"


class Outcome(StrEnum):
    """How a read got its page.

    HIT: from memory or Redis, fresh. STALE_HIT: the same, while it is being renewed. MISS: loaded.
    BYPASS: loaded for this reader only. LAST_GOOD: the database is down, and this page, the last
    one that was loaded, may be of an old generation.
    """

    HIT = "hit"
    STALE_HIT = "stale_hit"
    MISS = "miss"
    BYPASS = "bypass"
    LAST_GOOD = "last_good"


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """The numbers of a cache. Each has its default here; docs/caching.md gives the reasons.

    Attributes:
        trust_seconds: How long a process goes by a generation after it asked Redis for it.
        grace_seconds: The end of a TTL, in which one reader renews the page while the others are
            still served. At most a quarter of the TTL.
        away_ttl_seconds: The TTL of every page while processes can't see each other's changes.
        counts_refresh_seconds: A page is not renewed for new counts before this age.
        counts_stale_seconds: A page with old counts is not served beyond this age.
        lease_seconds: How long one process may keep the others from loading the same page.
        wait_seconds: How long a reader waits for another one's load before it loads the page too.
        loads_per_process: The most loads without a lease at a time.
        memory_bytes: The most that pages, with what was made of them, take in one process.
        self_check_seconds: How often a process compares a hit with the database; 0: never.
        single_process: No other process serves or changes these pages, so that without Redis a page
            may live its full TTL.
        threads: How many threads of the process answer requests.
        edge_seconds: How long caches between this site and its readers may keep a public page
            (s-maxage, RFC 9111).
        edge_stale_while_revalidate_seconds: How long they may serve it while they ask for a newer
            one (RFC 5861).
        edge_stale_if_error_seconds: How long they may serve it while this site fails (RFC 5861).
    """

    trust_seconds: float = 0.05
    grace_seconds: float = 5.0
    away_ttl_seconds: float = 2.0
    counts_refresh_seconds: float = 1.0
    counts_stale_seconds: float = 1.5
    lease_seconds: float = 2.0
    wait_seconds: float = 0.5
    loads_per_process: int = 2
    memory_bytes: int = 32_000_000
    self_check_seconds: float = 0.0
    single_process: bool = False
    threads: int = 4
    edge_seconds: int = 0
    edge_stale_while_revalidate_seconds: int = 0
    edge_stale_if_error_seconds: int = 0

    def judge(
        self, page: Page, generation: Generation, *, ttl_seconds: float, age_seconds: float
    ) -> Freshness:
        """Return whether a page of this age may be served in this generation."""
        ttl_seconds = self.ttl_in_force(generation, ttl_seconds)
        if page.generation != generation.number or age_seconds >= ttl_seconds:
            return Freshness.OLD
        if age_seconds < self.fresh_for(page, generation, ttl_seconds=ttl_seconds):
            return Freshness.FRESH
        if (
            page.counts_version != generation.counts_version
            and age_seconds >= self.counts_refresh_seconds
        ):
            # The counts changed after the snapshot, so the age of the page bounds how old they are.
            may_serve = age_seconds < self.counts_stale_seconds
            return Freshness.STALE if may_serve else Freshness.OLD
        return Freshness.STALE

    def fresh_for(self, page: Page, generation: Generation, *, ttl_seconds: float) -> float:
        """Return the age in seconds up to which the page is fresh; 0 in another generation."""
        if page.generation != generation.number:
            return 0.0
        seconds = self.fresh_seconds(self.ttl_in_force(generation, ttl_seconds))
        if page.counts_version != generation.counts_version:
            return min(seconds, self.counts_refresh_seconds)
        return seconds

    def fresh_seconds(self, ttl_seconds: float) -> float:
        """Return the age in seconds at which the grace of a TTL begins."""
        return ttl_seconds - min(self.grace_seconds, ttl_seconds / 4)

    def ttl_in_force(self, generation: Generation, ttl_seconds: float) -> float:
        """Return the TTL, cut short while this process can't see the changes of others."""
        if generation.shared or self.single_process:
            return ttl_seconds
        return min(ttl_seconds, self.away_ttl_seconds)
