"""Scenarios: the threads of a search and the events that may happen."""

from dataclasses import dataclass, field
from typing import Any, Literal

from tests.proofs.schedules.calls import Failure
from tests.proofs.schedules.contract import TTL_SECONDS

Operation = Literal[
    "read",
    "read confirmed",
    "write",
    "write, die",
    "announce, write",
    "like",
    "read in transaction, roll back",
    "read in transaction, write",
]
Program = tuple[Operation, ...]
Thread = tuple[str, Program]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """`threads`: for each, its process (a letter) and its operations in order. `before`: threads
    and events that run before the search begins. `chains`: events that may happen at any point,
    each chain in order (see `events`). `failures`: how calls may fail. `one_load`: each page must
    be loaded once per generation.

    `preemptions`: the most there may be; a failed call counts as one. A switch where a thread ends
    or waits, and an event of a chain, cost nothing.
    """

    name: str
    threads: tuple[Thread, ...]
    before: tuple[Thread | str, ...] = ()
    chains: tuple[tuple[str, ...], ...] = ()
    failures: tuple[Failure, ...] = ()
    max_failures: int = 0
    preemptions: int = 2
    one_load: bool = False
    policy: dict[str, Any] = field(default_factory=dict)

    @property
    def processes(self) -> str:
        threads = [first for first in self.before if not isinstance(first, str)]
        return "".join(sorted({process for process, _ in (*threads, *self.threads)}))

    @property
    def waits_seconds(self) -> tuple[float, ...]:
        """Return the waits after which every change of this scenario must be visible, in order."""
        operations = {operation for _, program in self.threads for operation in program}
        loses_announcement = "write, die" in operations or any(
            "failover" in chain for chain in self.chains
        )
        counts = [1.6] if "like" in operations else []
        return 0.06, *counts, *([TTL_SECONDS] if loses_announcement else [])


READ: Program = ("read",)
CONFIRMED: Program = ("read confirmed",)
WRITE: Program = ("write",)
WARM: tuple[Thread, ...] = (("A", READ), ("B", READ))
PASSES = ("60 ms pass",)
ANY_FAILURE: tuple[Failure, ...] = ("refused", "answer lost", "no free connection")

READER_WRITER = Scenario(
    name="a reader and a writer",
    threads=(("A", (*READ, *CONFIRMED)), ("B", WRITE)),
    before=WARM,
    preemptions=3,
    one_load=True,
)
TWO_READERS = Scenario(
    name="two readers of a process, a writer",
    threads=(("A", READ), ("A", CONFIRMED), ("B", WRITE)),
    one_load=True,
)
OWN_WRITER = Scenario(
    name="a reader and a writer of one process",
    threads=(("A", (*READ, *READ)), ("A", (*WRITE, *READ))),
    before=WARM,
    preemptions=3,
    one_load=True,
)
ONE_PROCESS = Scenario(
    name="two readers and a writer of one process",
    threads=(("A", CONFIRMED), ("A", WRITE), ("A", READ)),
    before=(("A", READ),),
    preemptions=1,
    one_load=True,
)
THREE_PROCESSES = Scenario(
    name="readers of two processes, a writer of a third",
    threads=(("A", CONFIRMED), ("B", CONFIRMED), ("C", WRITE)),
    before=WARM,
    one_load=True,
)
TWO_WRITERS = Scenario(
    name="two writers and a reader",
    threads=(("A", WRITE), ("B", (*WRITE, *READ)), ("A", (*CONFIRMED, *READ))),
    before=WARM,
    one_load=True,
    preemptions=1,
)
TRUST = Scenario(
    name="trust",
    threads=(("A", (*READ, *READ)), ("B", WRITE)),
    chains=(("60 ms pass", "30 ms pass", "30 ms pass"),),
    before=WARM,
    preemptions=0,
)
OUTAGE = Scenario(
    name="an outage, its probe, a writer and a reader",
    threads=(("A", (*WRITE, *WRITE, *READ)), ("A", READ)),
    chains=(("A is cut off", "A is back"),),
    before=WARM,
    preemptions=0,
)
LOST_CALL = Scenario(
    name="any one call fails",
    threads=(("A", (*READ, *CONFIRMED)), ("B", (*WRITE, *READ))),
    before=WARM,
    failures=ANY_FAILURE,
    max_failures=1,
)
PROBE = Scenario(
    name="writes while the breaker probes",
    threads=(("A", WRITE), ("B", CONFIRMED)),
    chains=(("0.1 s pass",),),
    before=(*WARM, "A is cut off", ("A", WRITE), "A is back"),
    preemptions=1,
)
LEASE_LOST = Scenario(
    name="lease lost, page lost",
    threads=(("A", CONFIRMED), ("B", CONFIRMED)),
    chains=(("leases evicted", "pages evicted"),),
    preemptions=0,
)
LEASE_ENDS = Scenario(
    name="a loader that is slow",
    threads=(("A", READ), ("B", READ), ("A", READ)),
    chains=(("0.6 s pass", "2 s pass"),),
    before=(("C", WRITE),),
    preemptions=0,
)
KEYS_LOST = Scenario(
    name="flush, eviction",
    threads=(("A", (*READ, *CONFIRMED)), ("B", WRITE)),
    chains=(("flush",), ("generation evicted",)),
    before=WARM,
    preemptions=0,
)
FAILOVER = Scenario(
    name="failover to a replica that is behind",
    threads=(("A", (*CONFIRMED, *CONFIRMED)), ("B", (*WRITE, *READ))),
    chains=(("a replica falls behind", "failover"),),
    before=WARM,
    preemptions=0,
)
COUNTS = Scenario(
    name="counts",
    threads=(("A", (*READ, *READ)), ("A", READ), ("B", ("like",))),
    chains=(("1.1 s pass", "0.5 s pass"),),
    before=WARM,
    preemptions=0,
)
GRACE = Scenario(
    name="grace and TTL, a writer that dies",
    threads=(("A", READ), ("A", READ), ("B", ("write, die",))),
    chains=(("26 s pass", "5 s pass"),),
    before=WARM,
    preemptions=0,
)
TRANSACTIONS = Scenario(
    name="transactions",
    threads=(("A", ("read in transaction, roll back", *READ)), ("A", CONFIRMED), ("B", READ)),
    before=(("B", WRITE),),
    preemptions=1,
    one_load=False,
)
DATABASE = Scenario(
    name="the database goes down",
    threads=(("A", (*CONFIRMED, *READ)), ("B", (*WRITE, *READ))),
    chains=(("the database goes down", "the database is back", "1.1 s pass"),),
    before=WARM,
    preemptions=0,
)

CROWD = Scenario(
    name="readers of three processes with empty caches, a writer",
    threads=(("A", CONFIRMED), ("B", CONFIRMED), ("C", WRITE), ("D", CONFIRMED)),
    preemptions=1,
    one_load=True,
)
OUTAGES = Scenario(
    name="two outages",
    threads=(("A", (*CONFIRMED, *CONFIRMED)),),
    chains=(("A is cut off", "A is back", "0.1 s pass", "A is cut off"),),
    before=WARM,
    preemptions=0,
)
AWAY = Scenario(
    name="time without Redis",
    threads=(("A", (*CONFIRMED, *READ)), ("B", WRITE)),
    chains=(("A is cut off", "2.1 s pass"),),
    before=WARM,
    preemptions=0,
)
SLOW_LOAD = Scenario(
    name="a slow load, a writer that dies",
    threads=(("A", (*READ, *READ)), ("B", ("write, die",))),
    chains=(("26 s pass", "5 s pass"),),
    preemptions=0,
)
ADOPTED = Scenario(
    name="a page that another process has filled, a writer that dies",
    threads=(("B", (*READ, *READ)), ("A", ("write, die",))),
    chains=(("20 s pass", "11 s pass"),),
    before=(("A", READ),),
    preemptions=0,
)
TOO_EARLY = Scenario(
    name="announcement before the commit",
    threads=(("A", CONFIRMED), ("B", ("announce, write",))),
    before=WARM,
)

SCENARIOS = (
    READER_WRITER,
    TWO_READERS,
    OWN_WRITER,
    ONE_PROCESS,
    THREE_PROCESSES,
    TWO_WRITERS,
    TRUST,
    OUTAGE,
    LOST_CALL,
    PROBE,
    LEASE_LOST,
    LEASE_ENDS,
    KEYS_LOST,
    FAILOVER,
    COUNTS,
    GRACE,
    TRANSACTIONS,
    DATABASE,
    CROWD,
    OUTAGES,
    AWAY,
    SLOW_LOAD,
    ADOPTED,
)
