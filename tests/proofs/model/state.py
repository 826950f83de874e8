"""What a state of the modelled fleet consists of.

Time is told in ticks, and always as an age (how long ago), for nothing depends on when the search
began; an age stops growing where more of it would change nothing. `change` and `like` number the
commits of either kind, from 1. A number of 0 stands for "none".
"""

from typing import Literal, NamedTuple

Program = tuple[Literal["post", "unannounced", "like", "rolled back"], ...]

UNCOMMITTED = -1  # what a page shows if it was loaded inside a transaction that has written


class Page(NamedTuple):
    """A page as stored. `age` of its snapshot; `generation` below 0: a process's own."""

    generation: int = 0
    counts: int = 0
    change: int = 0
    like: int = 0
    age: int = 0


NO_PAGE = Page()


class Known(NamedTuple):
    """A generation somebody goes by. `asked` and `executed`: the ages of the question and of
    Redis's execution of it."""

    generation: int = 0
    counts: int = 0
    asked: int = 0
    executed: int = 0
    shared: bool = False


class Answer(NamedTuple):
    """What Redis answered, on its way back. `change`: the last commit before it did so, which the
    protocol doesn't know and its promises are about."""

    generation: int = 0
    counts: int = 0
    executed: int = 0
    change: int = 0


NOTHING_KNOWN = Known()
NO_ANSWER = Answer()


class Need(NamedTuple):
    """What a read must show by the contract, decided as it begins: the change and the like, if it
    is served in a generation of the fleet's, and if it is in one of its process's own."""

    change: int = 0
    like: int = 0
    own_change: int = 0
    own_like: int = 0


class Reader(NamedTuple):
    """One reading thread. `lease`: "held", "lost" (it ended, and the holder doesn't know), "none",
    or "unasked" for who has waited long enough. `stale`: what to serve if another renews it."""

    at: str = "idle"
    signed_in: bool = False
    need: Need = Need()
    known: Known = NOTHING_KNOWN
    answer: Answer = NO_ANSWER
    loaded: Page = NO_PAGE
    stale: Page = NO_PAGE
    lease: str = "none"


IDLE = Reader()


class Writer(NamedTuple):
    """One writing thread, and what it has yet to write. `asked`: the age of its question."""

    at: str = "idle"
    todo: Program = ()
    change: int = 0
    asked: int = 0
    answer: Answer = NO_ANSWER


class Worker(NamedTuple):
    """One process. `breaker` is "closed", "open", or where its probe is. `lost`: a write since the
    probe began. `shown`: the last change that no read here may go back behind."""

    connected: bool = True
    breaker: str = "closed"
    lost: bool = False
    probe_asked: int = 0
    probe_answer: Answer = NO_ANSWER
    seen: int = 0
    known: Known = NOTHING_KNOWN
    own: int = -1
    own_counts: int = 0
    memory: Page = NO_PAGE
    landed: Page = NO_PAGE
    shown: int = 0
    readers: tuple[Reader, ...] = ()
    writers: tuple[Writer, ...] = ()


class Redis(NamedTuple):
    """What lies in Redis. `change`, `like`: the last commits it was told of; `filled`: the last
    page stored and not lost by a fault, to know a load that need not have been."""

    generation: int = 0
    counts: int = 0
    page: Page = NO_PAGE
    leases: tuple[int, ...] = ()
    change: int = 0
    like: int = 0
    filled: Page = NO_PAGE


class Past(NamedTuple):
    """One commit: how long ago, and how long Redis has known of it; -1: it doesn't."""

    committed: int = 0
    told: int = -1


class State(NamedTuple):
    """`clock`: the last number given out. `replica`: a copy of Redis that lags, or none."""

    redis: Redis
    replica: tuple[Redis, ...]
    changes: tuple[Past, ...]
    likes: tuple[Past, ...]
    clock: int
    faults: int
    workers: tuple[Worker, ...]
