"""Random scenarios: threads, operations, events, and how calls may fail."""

import random
from functools import partial

from tests.proofs.schedules.calls import Failure
from tests.proofs.schedules.running import Lines, MakeShared, run
from tests.proofs.schedules.scenarios import Operation, Program, Scenario, Thread
from tests.proofs.schedules.search import Run

READ_OPERATIONS: tuple[Operation, ...] = (
    "read",
    "read",
    "read confirmed",
    "read in transaction, roll back",
)
WRITE_OPERATIONS: tuple[Operation, ...] = (
    "write",
    "write",
    "like",
    "write, die",
    "read in transaction, write",
)
# Mostly short times: most errors can only happen while a generation is trusted.
SHORT_TIMES = ("10 ms pass", "30 ms pass", "60 ms pass", "60 ms pass", "0.5 s pass", "1.1 s pass")
LONG_TIMES = ("2.1 s pass", "6 s pass", "26 s pass")
LOSSES = ("flush", "generation evicted", "counts evicted", "pages evicted")
FAILURES: tuple[Failure, ...] = ("refused", "answer lost", "no free connection")


def draw(rng: random.Random) -> Scenario:
    processes = "ABC"[: rng.choice((1, 2, 2, 3))]
    threads = tuple(_thread(rng, processes) for _ in range(rng.randint(2, 5)))
    return Scenario(
        name="random",
        threads=threads,
        before=tuple((process, ("read",)) for process in processes if rng.random() < 0.7),
        chains=_chains(rng, processes),
        failures=FAILURES,
        max_failures=rng.choice((0, 0, 1, 2)),
    )


def runs(*, shared: MakeShared, lines_of: Lines | None = None) -> "MakeRun":
    """Return a function that draws a scenario and returns its run, as `search.random_search`
    needs."""
    return MakeRun(shared, lines_of)


class MakeRun:
    def __init__(self, shared: MakeShared, lines_of: Lines | None) -> None:
        self._shared, self._lines_of = shared, lines_of

    def __call__(self, rng: random.Random) -> Run:
        return partial(run, draw(rng), shared=self._shared, lines_of=self._lines_of)


def _thread(rng: random.Random, processes: str) -> Thread:
    operations = WRITE_OPERATIONS if rng.random() < 0.4 else READ_OPERATIONS
    program: Program = tuple(
        rng.choice(operations if rng.random() < 0.8 else READ_OPERATIONS)
        for _ in range(rng.randint(1, 4))
    )
    return rng.choice(processes), program


def _chains(rng: random.Random, processes: str) -> tuple[tuple[str, ...], ...]:
    times = SHORT_TIMES if rng.random() < 0.7 else (*SHORT_TIMES, *LONG_TIMES)
    chains = [tuple(rng.choice(times) for _ in range(rng.randint(0, 6)))]
    chains += [
        (f"{process} is cut off", f"{process} is back") * rng.randint(1, 2)
        for process in processes
        if rng.random() < 0.3
    ]
    if rng.random() < 0.3:
        chains.append(tuple(rng.choice(LOSSES) for _ in range(rng.randint(1, 2))))
    if rng.random() < 0.2:
        chains.append(("leases evicted",))
    if rng.random() < 0.2:
        chains.append(("a replica falls behind", "failover"))
    if rng.random() < 0.15:
        chains.append(("the database goes down", "the database is back"))
    return tuple(chains)
