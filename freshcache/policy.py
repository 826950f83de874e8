"""The cache policy: how long a page may be served, and what a change does to it.

A page is a hit only in the generation it was filled under, and within its TTL, counted from its
database snapshot. Of a changed generation, it is known to be old. Near its end, nothing is known
to have changed: one reader renews it and the others are served. A change of counts alone is
followed softly. docs/caching.md tells the same, with the reasons, on one page.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum

from django.db import InterfaceError, OperationalError

from freshcache.generation import Generation
from freshcache.memory import Page

# The database can't be reached, or can't answer: what was good before is better than nothing.
DATABASE_FAILURES = (OperationalError, InterfaceError)


class Room(StrEnum):
    """Where pages of a kind are kept, so that no kind pushes out another.

    NEWEST: what everybody reads, so few pages that nothing pushes them out. LINKED: what those link
    to, and all else whose number is bounded by what exists. Both are shared: they are in Redis and
    behind the front door too. ISOLATED: whoever likes may ask for ever new ones (searches, say), so
    they are in a small memory of the process alone.
    """

    NEWEST = "newest"
    LINKED = "linked"
    ISOLATED = "isolated"

    @property
    def shared(self) -> bool:
        return self is not Room.ISOLATED


class Work(StrEnum):
    """What loading a page may cost. ORDINARY: milliseconds, and others wait for it. ISOLATED: the
    same, but asked for by anybody in any number. SLOW: up to a second."""

    ORDINARY = "ordinary"
    ISOLATED = "isolated"
    SLOW = "slow"


class Freshness(Enum):
    FRESH = "serve it"
    STALE = "serve it while one thread renews it"
    OLD = "don't serve it"


class Outcome(StrEnum):
    HIT = "hit"
    STALE_HIT = "stale_hit"
    MISS = "miss"
    BYPASS = "bypass"
    LAST_GOOD = "last_good"


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """The numbers of a cache; docs/caching.md says what each is for.

    `alone`: no other process serves these pages, so that without Redis a page may live its full
    TTL. `threads`: how many of the process answer requests. `edge_…`: what caches between this site
    and its readers may do (s-maxage, and the two of RFC 5861).
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
    alone: bool = False
    threads: int = 4
    edge_seconds: int = 0
    edge_stale_while_revalidate_seconds: int = 0
    edge_stale_if_error_seconds: int = 0

    def judge(
        self, page: Page, generation: Generation, *, ttl_seconds: float, age_seconds: float
    ) -> Freshness:
        """Whether a page of this age may be served in this generation."""
        ttl_seconds = self.ttl_in_force(generation, ttl_seconds)
        if page.generation != generation.number or age_seconds >= ttl_seconds:
            return Freshness.OLD
        if age_seconds < self.fresh_for(page, generation, ttl_seconds=ttl_seconds):
            return Freshness.FRESH
        if page.counts != generation.counts and age_seconds >= self.counts_refresh_seconds:
            # Old counts, bounded by the page's age: what changed after its snapshot is no older.
            soft = age_seconds < self.counts_stale_seconds
            return Freshness.STALE if soft else Freshness.OLD
        return Freshness.STALE

    def fresh_for(self, page: Page, generation: Generation, *, ttl_seconds: float) -> float:
        """The age in seconds up to which the page is fresh in this generation; 0: it is not."""
        if page.generation != generation.number:
            return 0.0
        seconds = self.fresh_seconds(self.ttl_in_force(generation, ttl_seconds))
        if page.counts != generation.counts:
            return min(seconds, self.counts_refresh_seconds)
        return seconds

    def fresh_seconds(self, ttl_seconds: float) -> float:
        """How long a page is served before its grace begins."""
        return ttl_seconds - min(self.grace_seconds, ttl_seconds / 4)

    def ttl_in_force(self, generation: Generation, ttl_seconds: float) -> float:
        """The TTL, cut short where nobody tells this process what others write."""
        if generation.shared or self.alone:
            return ttl_seconds
        return min(ttl_seconds, self.away_ttl_seconds)
