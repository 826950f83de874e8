"""What happened in one run, in its order: what the contract is held against."""

import math
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from freshcache.policy import Outcome

Kind = Literal["posts", "likes"]


class Moment(NamedTuple):
    """Where in the order of events, and at what time in seconds."""

    order: int
    at: float


NEVER = Moment(1_000_000_000, math.inf)


@dataclass(slots=True)
class Write:
    """A commit. `told`: when Redis was told of it, or of a later one; `untold`: when it lost that
    again; `done`: when the worker's thread that made it was through."""

    kind: Kind
    version: int
    process: str
    committed: Moment
    told: Moment = NEVER
    untold: Moment = NEVER
    done: Moment = NEVER

    def is_told(self, start: Moment, end: Moment, *, for_seconds: float = 0.0) -> bool:
        """Whether Redis knew of it, for so long, before a read from `start` to `end`."""
        in_time = self.told.order < start.order and self.told.at + for_seconds <= start.at
        return in_time and not self.told.order < self.untold.order < end.order


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """An answer. `loaded`: when its query saw the database. `inside`: in a transaction's own.
    `line`: how much of the story had been told by then."""

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
    inside: bool
    line: int


@dataclass(slots=True)
class Load:
    """A query of the feed. `leased`: the generation whose lease its thread has, or 0."""

    thread: str
    page: str
    leased: int
    start: Moment
    line: int
    end: Moment = NEVER


class Fill(NamedTuple):
    """A page that Redis has taken."""

    page: str
    generation: int
    moment: Moment


class Closing(NamedTuple):
    """A breaker closed, after a probe that was `sent` then."""

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

    def tell(self, moment: Moment, *, likes_only: bool = False) -> None:
        """Redis has begun a new generation, or new counts, which covers what is committed."""
        for write in self.writes:
            forgotten = write.untold.order < moment.order and write.told.order < write.untold.order
            unknown = write.told is NEVER or forgotten
            if unknown and (write.kind == "likes" or not likes_only):
                write.told, write.untold = moment, NEVER

    def untell(self, moment: Moment, copied: Moment) -> None:
        """Redis went on with a copy of `copied`: what it was told since, it was not told."""
        for write in self.writes:
            if copied.order < write.told.order < moment.order and write.untold is NEVER:
                write.untold = moment
