"""Scenarios by chance: who takes part, what they do, what may happen, and how calls may fail."""

import random
from functools import partial

from tests.proofs.schedules.calls import Failure
from tests.proofs.schedules.running import Lines, MakeShared, run
from tests.proofs.schedules.scenarios import Deed, Program, Scenario, Thread
from tests.proofs.schedules.search import Run

READING: tuple[Deed, ...] = ("read", "read", "read confirmed", "read inside, roll back")
WRITING: tuple[Deed, ...] = ("write", "write", "like", "write, die", "read inside, write")
# Mostly little time, for most of what can go wrong does so within the trust.
PASSING = ("10 ms pass", "30 ms pass", "60 ms pass", "60 ms pass", "0.5 s pass", "1.1 s pass")
LONG = ("2.1 s pass", "6 s pass", "26 s pass")
LOSSES = ("all is lost", "the generation is lost", "counts are lost", "pages are lost")
FAILURES: tuple[Failure, ...] = ("refused", "answer lost", "no free connection")


def draw(dice: random.Random) -> Scenario:
    processes = "ABC"[: dice.choice((1, 2, 2, 3))]
    threads = tuple(_thread(dice, processes) for _ in range(dice.randint(2, 5)))
    return Scenario(
        name="by chance",
        threads=threads,
        before=tuple((process, ("read",)) for process in processes if dice.random() < 0.7),
        chains=_chains(dice, processes),
        failures=FAILURES,
        max_failures=dice.choice((0, 0, 1, 2)),
    )


def runs(*, shared: MakeShared, lines_of: Lines | None = None) -> "MakeRun":
    """What `search.by_chance` wants: from dice a scenario, to be run with a strategy."""
    return MakeRun(shared, lines_of)


class MakeRun:
    def __init__(self, shared: MakeShared, lines_of: Lines | None) -> None:
        self._shared, self._lines_of = shared, lines_of

    def __call__(self, dice: random.Random) -> Run:
        return partial(run, draw(dice), shared=self._shared, lines_of=self._lines_of)


def _thread(dice: random.Random, processes: str) -> Thread:
    deeds = WRITING if dice.random() < 0.4 else READING
    program: Program = tuple(
        dice.choice(deeds if dice.random() < 0.8 else READING) for _ in range(dice.randint(1, 4))
    )
    return dice.choice(processes), program


def _chains(dice: random.Random, processes: str) -> tuple[tuple[str, ...], ...]:
    passing = PASSING if dice.random() < 0.7 else (*PASSING, *LONG)
    chains = [tuple(dice.choice(passing) for _ in range(dice.randint(0, 6)))]
    chains += [
        (f"{process} is cut off", f"{process} is back") * dice.randint(1, 2)
        for process in processes
        if dice.random() < 0.3
    ]
    if dice.random() < 0.3:
        chains.append(tuple(dice.choice(LOSSES) for _ in range(dice.randint(1, 2))))
    if dice.random() < 0.2:
        chains.append(("leases are lost",))
    if dice.random() < 0.2:
        chains.append(("a replica falls behind", "failover"))
    if dice.random() < 0.15:
        chains.append(("the database goes down", "the database is back"))
    return tuple(chains)
