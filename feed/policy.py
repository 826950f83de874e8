"""The cache policy: how long a page may be served, and what a change does to it.

A page is a hit only in the generation it was filled under, and within its TTL, counted from its
database snapshot. Of a changed generation, it is known to be old. Near its end, nothing is known
to have changed: one reader renews it and the others are served. A change of counts alone is
followed softly. docs/caching.md tells the same, with the reasons, on one page.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum

from django.db import InterfaceError, OperationalError

from feed.generation import Generation
from feed.memory import Page

# The database can't be reached, or can't answer: what was good before is better than nothing.
DATABASE_FAILURES = (OperationalError, InterfaceError)


class Room(StrEnum):
    """Where pages of a kind are kept, so that no kind pushes out another.

    NEWEST: the feed's newest pages, so few that nothing pushes them out. LINKED: what those link
    to, and the pages of posts, authors and hashtags that exist. Both are shared: they are in Redis
    and behind the front door too. ISOLATED: whoever likes may ask for ever new ones, so they are in
    a small memory of the process alone.
    """

    NEWEST = "newest"
    LINKED = "linked"
    ISOLATED = "isolated"

    @property
    def shared(self) -> bool:
        return self is not Room.ISOLATED


class Work(StrEnum):
    """What loading a page may cost. ORDINARY: milliseconds, and others wait for it. ISOLATED: the
    same, but asked for by anybody in any number. SEARCH: up to a second."""

    ORDINARY = "ordinary"
    ISOLATED = "isolated"
    SEARCH = "search"


class Freshness(Enum):
    FRESH = "serve it"
    STALE = "serve it while one thread renews it"
    OLD = "don't serve it"


class Outcome(StrEnum):
    HIT = "hit"
    STALE_HIT = "stale_hit"
    MISS = "miss"
    BYPASS = "bypass"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """The page called `name` and what happened to it. `ttl_seconds` is what is left; below 0, it is
    past its end. `counts`: those of now, as far as is known; the page's may be older.

    BYPASS: loaded for this reader alone. ERROR: the database is down, and this is the last good
    page, which may be of an old generation.
    """

    page: Page
    outcome: Outcome
    age_seconds: float = 0.0
    ttl_seconds: float = 0.0
    shared: bool = False
    counts: int = 0
    stored: bool = False
    room: Room = Room.LINKED
    name: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """The numbers of settings.FEED. `alone`: no other process can serve the feed, so that without
    Redis a page may live its full TTL. `threads`: how many of the process answer requests."""

    trust_seconds: float = 0.05
    grace_seconds: float = 5.0
    away_ttl_seconds: float = 2.0
    counts_refresh_seconds: float = 1.0
    counts_stale_seconds: float = 1.5
    lease_seconds: float = 2.0
    wait_seconds: float = 0.5
    loads_per_process: int = 2
    memory_bytes: int = 32_000_000
    card_bytes: int = 16_000_000
    viewer_bytes: int = 8_000_000
    front_door_bytes: int = 64_000_000
    self_check_seconds: float = 0.0
    alone: bool = False
    threads: int = 4

    def judge(
        self, page: Page, generation: Generation, *, ttl_seconds: float, age_seconds: float
    ) -> Freshness:
        """Whether a page of this age may be served in this generation."""
        ttl_seconds = self.ttl_in_force(generation, ttl_seconds)
        if page.generation != generation.number or age_seconds >= ttl_seconds:
            return Freshness.OLD
        if page.counts != generation.counts and age_seconds >= self.counts_refresh_seconds:
            # Old counts, bounded by the page's age: what changed after its snapshot is no older.
            soft = age_seconds < self.counts_stale_seconds
            return Freshness.STALE if soft else Freshness.OLD
        fresh = age_seconds < self.fresh_seconds(ttl_seconds)
        return Freshness.FRESH if fresh else Freshness.STALE

    def fresh_seconds(self, ttl_seconds: float) -> float:
        """How long a page is served before its grace begins."""
        return ttl_seconds - min(self.grace_seconds, ttl_seconds / 4)

    def ttl_in_force(self, generation: Generation, ttl_seconds: float) -> float:
        """The TTL, cut short where nobody tells this process what others write."""
        if generation.shared or self.alone:
            return ttl_seconds
        return min(ttl_seconds, self.away_ttl_seconds)
