"""The record of a run: writes, reads and outages.

All moments are seconds on the monotonic clock of the test process. A write was committed at an
unknown moment between its `started` and its `ended`.
"""

import math
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Kind = Literal["posts", "counts"]
# The numbers of the visible posts of a register, or the number of comments on its post.
State = frozenset[int] | int
# The state of each register on one page, in order; None if the page does not show it.
View = tuple[State | None, ...]


@dataclass(slots=True)
class Version:
    """One committed state. `uncertain`: an attempt failed, so it may never have been announced."""

    state: State
    started: float = -math.inf
    ended: float = math.inf
    uncertain: bool = False


@dataclass(slots=True)
class Register:
    """The data that one writer changes, version by version. All versions differ.

    `worker`: receives all writes. `posts`: ids of posts by the number in their text.
    """

    name: str
    kind: Kind
    worker: int
    versions: list[Version]
    posts: dict[int, str] = field(default_factory=dict)


class Read(NamedTuple):
    """One read. `status` 0: the connection broke. `served`: the Cache-Status header. `personal`:
    sent with a token."""

    started: float
    ended: float
    status: int
    worker: int
    page: str = "/api/feed/"
    view: View | None = None
    age: int = 0
    served: str = ""
    personal: bool = False


class Write(NamedTuple):
    """One attempt at a write."""

    started: float
    ended: float
    status: int
    worker: int
    retry_after: str = ""


class Span(NamedTuple):
    began: float
    ended: float


class RedisOutage(NamedTuple):
    """A time in which a worker's breaker was open. `probed`: when the closing probe was sent."""

    opened: float
    probed: float
    closed: float


@dataclass(kw_only=True)
class Journal:
    """The input of the checker. `redis_outages` and `restarts` are by worker.

    `restarts`: from the kill of a worker until its successor answered.
    """

    registers: list[Register]
    workers: int
    reads: list[Read] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    redis_outages: dict[int, list[RedisOutage]] = field(default_factory=dict)
    restarts: dict[int, list[Span]] = field(default_factory=dict)
    database_outages: list[Span] = field(default_factory=list)
