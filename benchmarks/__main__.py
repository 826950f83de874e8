"""The command `python -m benchmarks`; `make bench` also installs what it needs."""

import argparse
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    api_writes,
    before_after,
    beside,
    cold,
    connections,
    footprint,
    limit,
    machine,
    mix,
    plots,
    raw_sql,
    sizes,
    steady,
    writing,
)
from benchmarks.environment import Environment
from benchmarks.participants import chosen
from benchmarks.results import Results, Table, steady_table
from benchmarks.servers import Servers

SHAPES: dict[str, Callable[..., Table]] = {
    "limit": limit.run,
    "beside": beside.run,
    "mix": mix.run,
    "report": before_after.run,
    "cold": cold.run,
    "writes": writing.run,
    "api writes": api_writes.run,
    "raw": raw_sql.run,
    "sizes": sizes.run,
    "connections": connections.run,
    "footprint": footprint.run,
}


def main() -> None:
    arguments = _arguments()
    if missing := machine.missing_tools():
        sys.exit("Install these tools first:\n  " + "\n  ".join(missing))
    cores = machine.Cores(machine.cores())
    cores.bind_this_process()
    hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    # For a thousand connections and more.
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))
    with Servers(Environment(), cores) as servers:
        if arguments.list:
            subjects, left_out = chosen(servers)
            names = [*SHAPES, *(subject.name for subject in subjects), *left_out]
            sys.stdout.write("".join(f"{name}\n" for name in names))
            return
        results = _measure(arguments, servers, cores)
    if arguments.output:
        results.write(arguments.output)
        plots.write(results, arguments.output)
    sys.stdout.write(f"\n{results.markdown()}")


def _measure(arguments: argparse.Namespace, servers: Servers, cores: machine.Cores) -> Results:
    rounds, seconds = arguments.rounds, arguments.seconds
    results = Results(
        machine=machine.description(cores),
        options={"rounds": rounds, "seconds per round": seconds, "quick": arguments.quick},
    )
    only: str = arguments.only
    if only not in SHAPES:
        _print_progress("steady reads")
        subjects, results.left_out = chosen(servers, only=only, quick=arguments.quick)
        results.steady, more = steady.measure(subjects, servers, rounds=rounds, seconds=seconds)
        results.left_out |= more
        results.tables.append(steady_table(results.steady, rounds=rounds, seconds=seconds))
    for name, shape in SHAPES.items():
        if only in {"", name}:
            _print_progress(name)
            results.tables.append(shape(servers, quick=arguments.quick))
    return results


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="test the suite in a minute; its figures mean nothing"
    )
    parser.add_argument(
        "--only",
        default="",
        metavar="WORD",
        help=f"one shape ({', '.join(SHAPES)}), or subjects with this word in their name",
    )
    parser.add_argument("--rounds", type=int, help="rounds of steady reads (5; quick 1)")
    parser.add_argument(
        "--seconds", type=int, help="seconds of each subject per round (4; quick 1)"
    )
    parser.add_argument("--list", action="store_true", help="list shapes and subjects")
    parser.add_argument("--output", type=Path, metavar="DIR", help="directory for tables and plots")
    arguments = parser.parse_args()
    arguments.rounds = arguments.rounds or (1 if arguments.quick else 5)
    arguments.seconds = arguments.seconds or (1 if arguments.quick else 4)
    return arguments


def _print_progress(step: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {step}\n")


if __name__ == "__main__":
    main()
