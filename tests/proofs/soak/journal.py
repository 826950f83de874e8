"""What happened in a run: what was written, what readers saw, and what was broken when.

All moments are seconds of one monotonic clock, the driver's. A write's commit lies somewhere
between its `started` and its `ended`.
"""

import math
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Kind = Literal["posts", "counts"]
# Which numbered posts of a register are visible, or how many comments its post has.
State = frozenset[int] | int
# What one page shows of each register, in their order; None where it does not tell.
View = tuple[State | None, ...]


@dataclass(slots=True)
class Version:
    """One committed state. `unsure`: an attempt at it failed, so nobody may have been told."""

    state: State
    started: float = -math.inf
    ended: float = math.inf
    unsure: bool = False


@dataclass(slots=True)
class Register:
    """What one writer changes, one version after the other; no two of them look the same.

    `worker`: the one that all its writes go to. `posts`: ids by the number they are marked with.
    """

    name: str
    kind: Kind
    worker: int
    versions: list[Version]
    posts: dict[int, str] = field(default_factory=dict)


class Read(NamedTuple):
    """`status` 0: the connection broke. `served` is Cache-Status; `personal`: sent with a token."""

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


class Away(NamedTuple):
    """A worker's breaker was open. The probe that closed it was sent at `probed`."""

    opened: float
    probed: float
    closed: float


@dataclass(kw_only=True)
class Journal:
    """Everything the checker judges by. `aways` and `restarts` are by worker.

    `restarts`: when a worker was killed and until its successor answered.
    """

    registers: list[Register]
    workers: int
    reads: list[Read] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    aways: dict[int, list[Away]] = field(default_factory=dict)
    restarts: dict[int, list[Span]] = field(default_factory=dict)
    database_away: list[Span] = field(default_factory=list)
