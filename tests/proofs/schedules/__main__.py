"""`python -m tests.proofs.schedules`: search schedules of the production cache; print a table.

First depth-first, up to each scenario's number of preemptions. Then random scenarios: over the in-
memory Redis, with a switch at every line of the cache, and over a real Redis. `--long`: one more
preemption, and hours of random scenarios. `--seed N`: run one random scenario and print its trace;
add `--real` or `--lines` if it was found that way. `--broken`: print how each mutation is found.
"""

import argparse
import random
import secrets
from functools import partial

import redis

from tests.proofs.schedules import random_scenarios
from tests.proofs.schedules.mutations import MUTATIONS, find
from tests.proofs.schedules.running import cache_lines, run
from tests.proofs.schedules.scenarios import SCENARIOS
from tests.proofs.schedules.search import Report, depth_first, random_search
from tests.proofs.schedules.shared_redis import InMemory, over
from tests.proofs.schedules.strategies import RandomStrategy
from tests.servers import RedisServer


def main() -> int:
    """Print a table. Return 1 if a promise is broken or a mutation is not found, else 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.schedules", description=__doc__)
    parser.add_argument("--long", action="store_true", help="search more, for hours")
    parser.add_argument("--seed", type=int, help="print the random run with this seed")
    parser.add_argument("--lines", action="store_true", help="with --seed: switch at every line")
    parser.add_argument("--real", action="store_true", help="with --seed: over a real Redis")
    parser.add_argument("--broken", action="store_true", help="print how each mutation is found")
    parser.add_argument(
        "--only", default="", metavar="WORD", help="only names that contain this word"
    )
    options = parser.parse_args()
    server = RedisServer()
    server.start()
    try:
        with redis.Redis(port=server.port, protocol=2) as client:
            if options.seed is not None:
                return _run_seed(options, client)
            if options.broken:
                return _find_mutations(options, client)
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
        reports += _random_search(options, client)
    schedules, steps = sum(one.schedules for one in reports), sum(one.steps for one in reports)
    _print(f"{schedules:,} schedules, {steps:,} steps of production code.")
    return int(any(one.wrong for one in reports))


def _random_search(options: argparse.Namespace, client: redis.Redis) -> list[Report]:
    seed, more = secrets.randbits(32), 200 if options.long else 1
    kinds = (
        ("random", 10_000, random_scenarios.runs(shared=InMemory)),
        ("random, real Redis", 1_000, random_scenarios.runs(shared=over(client))),
        (
            "random, every line",
            1_000,
            random_scenarios.runs(shared=InMemory, lines_of=cache_lines),
        ),
    )
    reports = []
    for name, runs, make_run in kinds:
        reports.append(random_search(make_run, seed=seed, runs=runs * more))
        _row(f"{name}, seeds from {seed}", reports[-1])
    return reports


def _find_mutations(options: argparse.Namespace, client: redis.Redis) -> int:
    missed = 0
    for mutation in MUTATIONS:
        if options.only in mutation.name:
            report = find(mutation, client)
            missed += not report.wrong
            found = f"after {report.schedules} schedules" if report.wrong else "NOT FOUND"
            _print(f"\n{mutation.name}: {found}, {report.preemptions} preemptions")
            _print_trace(report)
    return int(missed > 0)


def _run_seed(options: argparse.Namespace, client: redis.Redis) -> int:
    rng = random.Random(options.seed)
    shared, lines_of = over(client) if options.real else InMemory, cache_lines
    make_run = random_scenarios.runs(shared=shared, lines_of=lines_of if options.lines else None)
    outcome = make_run(rng)(RandomStrategy(rng))
    _print("\n".join((*outcome.trace, outcome.wrong or "All promises are kept.")))
    return int(bool(outcome.wrong))


def _row(name: str, report: Report) -> None:
    _print(
        f"{name:60} {report.schedules:9,} {report.steps:11,} {report.preemptions:11} "
        f"{report.seconds:8.1f}{'' if report.complete or report.seed else '  (not all)'}"
    )
    _print_trace(report)


def _print_trace(report: Report) -> None:
    if report.wrong:
        seed = f" (--seed {report.seed})" if report.seed else ""
        _print("\n".join((*(f"  {line}" for line in report.trace), f"  So {report.wrong}{seed}.")))


def _print(line: str) -> None:
    print(line, flush=True)  # noqa: T201 -- a report on the terminal is what this command is for


if __name__ == "__main__":
    raise SystemExit(main())
