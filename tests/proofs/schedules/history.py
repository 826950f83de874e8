"""The events of one run in order: the input of the contract."""

import math
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from freshcache.policy import Outcome

Kind = Literal["posts", "likes"]


class Moment(NamedTuple):
    """The position in the order of events, and the time in seconds."""

    order: int
    at: float


NEVER = Moment(1_000_000_000, math.inf)


@dataclass(slots=True)
class Write:
    """A commit. `announced`: when Redis learned of it, or of a later one. `announcement_lost`: when
    Redis lost that again. `done`: when the writing thread had finished."""

    kind: Kind
    version: int
    process: str
    committed: Moment
    announced: Moment = NEVER
    announcement_lost: Moment = NEVER
    done: Moment = NEVER

    def is_announced(self, start: Moment, end: Moment, *, for_seconds: float = 0.0) -> bool:
        """Return whether Redis knew it, for `for_seconds`, before and during the read."""
        in_time = self.announced.order < start.order and self.announced.at + for_seconds <= start.at
        return in_time and not self.announced.order < self.announcement_lost.order < end.order


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """A served page. `loaded`: when its query saw the database. `line`: the length of the trace
    then."""

    thread: str
    process: str
    start: Moment
    end: Moment
    posts: int
    likes: int
    loaded: Moment
    committed: bool
    generation: int
    outcome: Outcome
    shared: bool
    confirm: bool
    in_transaction: bool
    line: int


@dataclass(slots=True)
class Load:
    """A query for a page. `leased`: the generation whose lease its thread holds, or 0."""

    thread: str
    page: str
    leased: int
    start: Moment
    line: int
    end: Moment = NEVER


class Fill(NamedTuple):
    """A page that Redis has stored."""

    page: str
    generation: int
    moment: Moment


class Closing(NamedTuple):
    """A breaker closed. `sent`: when its probe was sent."""

    process: str
    sent: Moment
    closed: Moment


@dataclass(slots=True)
class History:
    writes: list[Write] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)
    # For each generation, the number of posts committed when it began.
    covered: dict[int, int] = field(default_factory=dict)
    events: int = 0

    def moment(self, at: float) -> Moment:
        self.events += 1
        return Moment(self.events, at)

    def latest(self, kind: Kind) -> int:
        return max((write.version for write in self.writes if write.kind == kind), default=0)

    def mark_announced(self, moment: Moment, *, likes_only: bool = False) -> None:
        """Redis has begun a new generation, or new counts: it covers what is committed now."""
        for write in self.writes:
            lost = (
                write.announcement_lost.order < moment.order
                and write.announced.order < write.announcement_lost.order
            )
            unknown = write.announced is NEVER or lost
            if unknown and (write.kind == "likes" or not likes_only):
                write.announced, write.announcement_lost = moment, NEVER

    def mark_lost(self, moment: Moment, copied: Moment) -> None:
        """Redis continues with a copy made at `copied`: later announcements are lost."""
        for write in self.writes:
            if (
                copied.order < write.announced.order < moment.order
                and write.announcement_lost is NEVER
            ):
                write.announcement_lost = moment
