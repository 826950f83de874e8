"""The command: a table of fleets, with figures of the formulas and of the simulation."""

import argparse
import sys
from dataclasses import replace
from itertools import product

from benchmarks.fleet import formulas
from benchmarks.fleet.simulation import Outcomes, simulate
from benchmarks.fleet.traffic import Fleet
from benchmarks.results import Cell, Table

COLUMNS = [
    "workers", "writes/s", "questions/s", "simulated", "commands/s", "simulated",
    "loads per write", "simulated", "loads/s", "commands per fill", "hit rate %",
    "seen after p50 ms", "max ms",
]  # fmt: skip


def main() -> None:
    arguments = _arguments()
    model = Fleet(
        workers=1,
        reads=arguments.reads,
        pages=arguments.pages,
        skew=arguments.skew,
        ttl_seconds=arguments.ttl,
        redis_seconds=arguments.redis_ms / 1e3,
        load_seconds=arguments.load_ms / 1e3,
    )
    rows = []
    for workers, writes in product(arguments.workers, arguments.writes):
        fleet = replace(model, workers=workers, writes=writes)
        rows.append(_row(simulate(fleet, seed=arguments.seed, events=arguments.events)))
    says = f"{model.reads:g} reads per second and worker of {model.pages} page(s); a load takes "
    says += f"{arguments.load_ms:g} ms, a command to Redis {arguments.redis_ms:g} ms."
    table = Table(name="fleet", title="Fleets", says=says, columns=COLUMNS, rows=rows)
    sys.stdout.write(table.markdown())


def _row(found: Outcomes) -> list[Cell]:
    fleet = found.fleet
    return [
        fleet.workers,
        f"{fleet.writes:g}",
        formulas.questions(fleet),
        found.per_second("confirm"),
        formulas.commands(fleet),
        found.commands / found.seconds,
        formulas.loads_per_write(fleet),
        found.loads_per_write,
        found.per_second("loads"),
        found.per_fill,
        100 * found.hit_rate,
        found.lag_ms(0.5),
        found.lag_ms(1),
    ]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet", description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 10, 100, 1000])
    parser.add_argument(
        "--writes", type=float, nargs="+", default=[0, 1, 10, 100], help="writes per second"
    )
    parser.add_argument(
        "--reads", type=float, default=100, help="reads per second and worker (100)"
    )
    parser.add_argument("--pages", type=int, default=1, help="number of pages (1)")
    parser.add_argument(
        "--skew", type=float, default=1, help="Zipf exponent of their popularity (1)"
    )
    parser.add_argument("--ttl", type=float, default=30, help="seconds (30)")
    parser.add_argument(
        "--load-ms", type=float, default=6, help="ms for a page's query and JSON (6)"
    )
    parser.add_argument("--redis-ms", type=float, default=0.5, help="round trip of a command in ms")
    parser.add_argument(
        "--events", type=int, default=50_000, help="reads and writes of each fleet (50,000)"
    )
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
