"""Search the schedules of a scenario: all with a bounded number of preemptions, or random ones.

Bounding preemptions instead of depth follows Musuvathi and Qadeer (Iterative Context Bounding for
Systematic Testing of Multithreaded Programs, 2007): most errors need at most two. Schedules with
fewer preemptions run first, so the first counterexample is the simplest.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.proofs.schedules.running import Outcome
from tests.proofs.schedules.strategies import RandomStrategy, Replay, Strategy

Run = Callable[[Strategy], Outcome]


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """`complete`: no other schedule has so few preemptions. `wrong` and `trace` are of the first
    schedule that broke a promise; `seed`: of the random run that broke it."""

    schedules: int
    steps: int
    seconds: float
    preemptions: int = 0
    complete: bool = False
    wrong: str = ""
    trace: tuple[str, ...] = ()
    seed: int = 0


def depth_first(run: Run, *, preemptions: int, max_schedules: int = 1_000_000) -> Report:
    """Run every schedule with at most so many preemptions, until one breaks a promise."""
    started, schedules, steps = time.perf_counter(), 0, 0
    waiting: list[list[bytes]] = [[b""], *([] for _ in range(preemptions))]
    for bound, prefixes in enumerate(waiting):
        while prefixes and schedules < max_schedules:
            replay = Replay(prefixes.pop())
            outcome = run(replay)
            schedules, steps = schedules + 1, steps + outcome.steps
            if outcome.wrong:
                return Report(
                    schedules=schedules,
                    steps=steps,
                    seconds=time.perf_counter() - started,
                    preemptions=bound,
                    wrong=outcome.wrong,
                    trace=outcome.trace,
                )
            for cost, choices in replay.others():
                if bound + cost <= preemptions:
                    waiting[bound + cost].append(choices)
    return Report(
        schedules=schedules,
        steps=steps,
        seconds=time.perf_counter() - started,
        preemptions=preemptions,
        complete=not any(waiting),
    )


def random_search(make_run: Callable[[random.Random], Run], *, seed: int, runs: int) -> Report:
    """Run random scenarios with the seeds `seed`, `seed + 1`, …, until one breaks a promise."""
    started, steps = time.perf_counter(), 0
    for place in range(runs):
        rng = random.Random(seed + place)
        outcome = make_run(rng)(RandomStrategy(rng))
        steps += outcome.steps
        if outcome.wrong:
            return Report(
                schedules=place + 1,
                steps=steps,
                seconds=time.perf_counter() - started,
                wrong=outcome.wrong,
                trace=outcome.trace,
                seed=seed + place,
            )
    seconds = time.perf_counter() - started
    return Report(schedules=runs, steps=steps, seconds=seconds, seed=seed)
