"""All schedules of a scenario with so many preemptions, fewest first; or so many by chance.

To bound preemptions and not depth is Musuvathi and Qadeer's (Iterative Context Bounding for
Systematic Testing of Multithreaded Programs, 2007): what goes wrong at all mostly does so with
two. Schedules with fewer come first, so what is found is as simple as it can be.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.proofs.schedules.running import Outcome
from tests.proofs.schedules.strategies import Dice, Replay, Strategy

Run = Callable[[Strategy], Outcome]


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """`complete`: there are no other schedules with so many preemptions. `wrong` and `story` are
    of the first schedule that broke a promise; `seed`, if chance found it."""

    schedules: int
    steps: int
    seconds: float
    preemptions: int = 0
    complete: bool = False
    wrong: str = ""
    story: tuple[str, ...] = ()
    seed: int = 0


def depth_first(run: Run, *, preemptions: int, max_schedules: int = 1_000_000) -> Report:
    """Every schedule with up to so many preemptions, until one breaks a promise."""
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
                    story=outcome.story,
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


def by_chance(make_run: Callable[[random.Random], Run], *, seed: int, runs: int) -> Report:
    """So many runs, each from a seed of its own, the first from `seed` and the next from the one
    after it; until one breaks a promise."""
    started, steps = time.perf_counter(), 0
    for place in range(runs):
        dice = random.Random(seed + place)
        outcome = make_run(dice)(Dice(dice))
        steps += outcome.steps
        if outcome.wrong:
            return Report(
                schedules=place + 1,
                steps=steps,
                seconds=time.perf_counter() - started,
                wrong=outcome.wrong,
                story=outcome.story,
                seed=seed + place,
            )
    seconds = time.perf_counter() - started
    return Report(schedules=runs, steps=steps, seconds=seconds, seed=seed)
