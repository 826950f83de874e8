"""`python -m tests.proofs.schedules`: search schedules of the production cache, and print how many.

Depth-first to each scenario's bound of preemptions, then by chance: over the twin, with a change at
every line of the cache, and over a real Redis. `--long`: to one preemption more, and for hours by
chance. `--seed N`: one scenario by chance, the one with this seed, told in full; with `--real` or
`--lines`, if it was found so. `--broken`: how each mutation is found out, with its story.
"""

import argparse
import random
import secrets
from functools import partial

import redis

from tests.proofs.schedules import chance
from tests.proofs.schedules.mutations import MUTATIONS, find
from tests.proofs.schedules.redises import InMemory, over
from tests.proofs.schedules.running import cache_lines, run
from tests.proofs.schedules.scenarios import SCENARIOS
from tests.proofs.schedules.search import Report, by_chance, depth_first
from tests.proofs.schedules.strategies import Dice
from tests.servers import RedisServer


def main() -> int:
    """Print a table; 1 if a promise is broken, or a mutation passes."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.schedules", description=__doc__)
    parser.add_argument("--long", action="store_true", help="search more, for hours")
    parser.add_argument("--seed", type=int, help="tell the run by chance that has this seed")
    parser.add_argument("--lines", action="store_true", help="with --seed: change at every line")
    parser.add_argument("--real", action="store_true", help="with --seed: over a real Redis")
    parser.add_argument("--broken", action="store_true", help="show how mutations are found out")
    parser.add_argument("--only", default="", metavar="WORD", help="what has it in its name")
    options = parser.parse_args()
    server = RedisServer()
    server.start()
    try:
        with redis.Redis(port=server.port, protocol=2) as client:
            if options.seed is not None:
                return _told(options, client)
            if options.broken:
                return _broken(options, client)
            return _searched(options, client)
    finally:
        server.stop()


def _searched(options: argparse.Namespace, client: redis.Redis) -> int:
    _print(f"{'scenario':60} {'schedules':>9} {'steps':>11} {'preemptions':>11} {'seconds':>8}")
    reports = []
    for scenario in SCENARIOS:
        if options.only in scenario.name:
            bound = scenario.preemptions + options.long
            reports.append(depth_first(partial(run, scenario), preemptions=bound))
            _row(scenario.name, reports[-1])
    if not options.only:
        reports += _by_chance(options, client)
    schedules, steps = sum(one.schedules for one in reports), sum(one.steps for one in reports)
    _print(f"{schedules:,} schedules, {steps:,} steps of production code.")
    return int(any(one.wrong for one in reports))


def _by_chance(options: argparse.Namespace, client: redis.Redis) -> list[Report]:
    seed, more = secrets.randbits(32), 200 if options.long else 1
    kinds = (
        ("by chance", 10_000, chance.runs(shared=InMemory)),
        ("by chance, real Redis", 1_000, chance.runs(shared=over(client))),
        ("by chance, every line", 1_000, chance.runs(shared=InMemory, lines_of=cache_lines)),
    )
    reports = []
    for name, runs, make_run in kinds:
        reports.append(by_chance(make_run, seed=seed, runs=runs * more))
        _row(f"{name}, seeds from {seed}", reports[-1])
    return reports


def _broken(options: argparse.Namespace, client: redis.Redis) -> int:
    missed = 0
    for mutation in MUTATIONS:
        if options.only in mutation.name:
            report = find(mutation, client)
            missed += not report.wrong
            found = f"after {report.schedules} schedules" if report.wrong else "NOT FOUND"
            _print(f"\n{mutation.name}: {found}, {report.preemptions} preemptions")
            _tell(report)
    return int(missed > 0)


def _told(options: argparse.Namespace, client: redis.Redis) -> int:
    dice = random.Random(options.seed)
    shared, lines_of = over(client) if options.real else InMemory, cache_lines
    make_run = chance.runs(shared=shared, lines_of=lines_of if options.lines else None)
    outcome = make_run(dice)(Dice(dice))
    _print("\n".join((*outcome.story, outcome.wrong or "All promises are kept.")))
    return int(bool(outcome.wrong))


def _row(name: str, report: Report) -> None:
    _print(
        f"{name:60} {report.schedules:9,} {report.steps:11,} {report.preemptions:11} "
        f"{report.seconds:8.1f}{'' if report.complete or report.seed else '  (not all)'}"
    )
    _tell(report)


def _tell(report: Report) -> None:
    if report.wrong:
        seed = f" (--seed {report.seed})" if report.seed else ""
        _print("\n".join((*(f"  {line}" for line in report.story), f"  So {report.wrong}{seed}.")))


def _print(line: str) -> None:
    print(line, flush=True)  # noqa: T201 -- a report on the terminal is what this command is for


if __name__ == "__main__":
    raise SystemExit(main())
