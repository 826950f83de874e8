"""The state of the modelled fleet.

Times are ages in ticks (how long ago), because nothing depends on when the search began. An age
stops growing where more has no effect. `change` and `like` number the commits of each kind, from 1.
The number 0 means "none".
"""

from typing import Literal, NamedTuple

Program = tuple[Literal["post", "unannounced", "like", "rolled back"], ...]

UNCOMMITTED = -1  # the change of a page that was loaded inside a transaction with writes


class Page(NamedTuple):
    """A stored page. `age`: of its snapshot. `generation` below 0: a local one of a process."""

    generation: int = 0
    counts: int = 0
    change: int = 0
    like: int = 0
    age: int = 0


NO_PAGE = Page()


class Known(NamedTuple):
    """The generation that a reader uses. `asked`, `executed`: ages of the question and of its
    execution in Redis."""

    generation: int = 0
    counts: int = 0
    asked: int = 0
    executed: int = 0
    shared: bool = False


class Answer(NamedTuple):
    """An answer of Redis on its way. `change`: the last commit before it. The protocol does not
    know that; the promises need it."""

    generation: int = 0
    counts: int = 0
    executed: int = 0
    change: int = 0


NOTHING_KNOWN = Known()
NO_ANSWER = Answer()


class Need(NamedTuple):
    """What a read must show by the contract, decided when it begins: in a generation of the fleet,
    and in a local one (`local_…`)."""

    change: int = 0
    like: int = 0
    local_change: int = 0
    local_like: int = 0


class Reader(NamedTuple):
    """One reading thread. `lease`: "held", "lost" (it ended and the holder does not know), "none",
    or "not needed" after a wait timeout. `stale`: the page to serve if another thread renews it."""

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
    """One writing thread. `todo`: its remaining writes. `asked`: the age of its question."""

    at: str = "idle"
    todo: Program = ()
    change: int = 0
    asked: int = 0
    answer: Answer = NO_ANSWER


class Worker(NamedTuple):
    """One process. `breaker`: "closed", "open", or the position of its probe. `lost`: a write
    happened since the probe began. `shown`: the last change that every read here must show."""

    connected: bool = True
    breaker: str = "closed"
    lost: bool = False
    probe_asked: int = 0
    probe_answer: Answer = NO_ANSWER
    seen: int = 0
    known: Known = NOTHING_KNOWN
    local_generation: int = -1
    local_counts: int = 0
    memory: Page = NO_PAGE
    flight_result: Page = NO_PAGE
    shown: int = 0
    readers: tuple[Reader, ...] = ()
    writers: tuple[Writer, ...] = ()


class Redis(NamedTuple):
    """The content of Redis. `change`, `like`: the last commits announced to it. `filled`: the last
    page stored and not lost by a fault, to detect a needless load."""

    generation: int = 0
    counts: int = 0
    page: Page = NO_PAGE
    leases: tuple[int, ...] = ()
    change: int = 0
    like: int = 0
    filled: Page = NO_PAGE


class Past(NamedTuple):
    """One commit: its age, and for how long Redis has known it; -1: Redis does not know it."""

    committed: int = 0
    announced: int = -1


class State(NamedTuple):
    """`clock`: the last number given out. `replica`: a copy of Redis that lags, or empty."""

    redis: Redis
    replica: tuple[Redis, ...]
    changes: tuple[Past, ...]
    likes: tuple[Past, ...]
    clock: int
    faults: int
    workers: tuple[Worker, ...]
