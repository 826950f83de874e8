"""The result of a read."""

from dataclasses import dataclass

from freshcache.engine import Engine
from freshcache.memory import Page
from freshcache.policy import Outcome, Room


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """The page `name` of `cache`, and how the read got it.

    Attributes:
        cache: The cache that was read.
        page: The page, shared by all threads.
        outcome: How the read got it.
        age_seconds: Seconds since the database snapshot of the page.
        ttl_seconds: Seconds until the end of its TTL; negative after that.
        shared: It was judged by the generation of the fleet; else by that of this process only.
        counts_version: The current one as far as is known; that of the page may be older.
        stored: The page was loaded, and other readers may get it.
        room: Where the page is kept.
        name: The name of the page.
        reason: For a bypass, why; words for Cache-Status.
    """

    cache: Engine
    page: Page
    outcome: Outcome
    age_seconds: float = 0.0
    ttl_seconds: float = 0.0
    shared: bool = False
    counts_version: int = 0
    stored: bool = False
    room: Room = Room.LINKED
    name: str = ""
    reason: str = ""

    @property
    def body(self) -> bytes:
        """The body of the page."""
        return self.page.body
