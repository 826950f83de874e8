"""What a read returns."""

from dataclasses import dataclass

from freshcache.engine import Engine
from freshcache.memory import Page
from freshcache.policy import Outcome, Room


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """The page called `name` of `cache`, and what happened to it.

    `ttl_seconds` is what is left; below 0, it is past its end. `counts`: those of now, as far as is
    known; the page's may be older. BYPASS: loaded for this reader alone. ERROR: the database is
    down, and this is the last good page, which may be of an old generation.
    """

    cache: Engine
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

    @property
    def body(self) -> bytes:
        return self.page.body
