"""`python -m tests.proofs.soak`: read a million times, through every fault, and check each read."""

import argparse
import json
import math
import os
import random
import secrets
import sys
from pathlib import Path

import django

from tests.proofs.soak.catalogue import FAULTS
from tests.proofs.soak.cold_burst import read_all_at_once
from tests.proofs.soak.environment import Environment
from tests.proofs.soak.phase import read_and_write
from tests.proofs.soak.report import Report
from tests.proofs.soak.trial import Pace, run_trial
from tests.servers import SETTINGS_NAMES

# Writes per second, and the fraction of all reads made at that rate. Writes make reads slower.
WRITES_PER_SECOND = {1: 0.4, 10: 0.4, 100: 0.2}


def main(arguments: list[str]) -> int:
    """Print the report. Return 1 if a promise was broken, else 0."""
    options = _options(arguments)
    for name in (*SETTINGS_NAMES.split(), "DJANGO_SETTINGS_MODULE"):
        os.environ.pop(name, None)
    os.environ["SECRET_KEY"] = secrets.token_urlsafe(50)
    os.environ |= {"ALLOWED_HOSTS": "127.0.0.1", "DJANGO_SETTINGS_MODULE": "feedsite.settings"}
    django.setup()  # some faults use the names of keys, which are in the feed
    report = Report()
    environment = Environment(workers=options.workers)
    try:
        environment.start()
        _run(environment, report, options)
    finally:
        environment.close()
        sys.stdout.write(f"\nseed {options.seed}\n\n{report.markdown()}\n")
        if options.json:
            options.json.write_text(json.dumps(report.json(), indent=1) + "\n")
    return 0 if report.clean else 1


def _run(environment: Environment, report: Report, options: argparse.Namespace) -> None:
    if options.reads:
        report.cold_burst = read_all_at_once(environment, limit=33)
        for writes_per_second, part in WRITES_PER_SECOND.items():
            sys.stderr.write(f"{writes_per_second} writes per second\n")
            report.phases.append(
                read_and_write(
                    environment,
                    reads=math.ceil(options.reads * part),
                    reads_per_second=options.rate,
                    writes_per_second=writes_per_second,
                )
            )
    names = list(FAULTS) if options.only is None else options.only
    # A random order: one fault may leave a state that breaks the next one.
    random.Random(options.seed).shuffle(names)
    # By default more than 10 s each: the promise covers a Redis that hangs for 10 s.
    seconds = max(2.0, options.minutes * 60 / max(1, len(names)) - 12)
    pace = Pace(during_seconds=seconds)
    for name in names:
        sys.stderr.write(f"{name}, {seconds:.0f} s\n")
        report.trials.append(run_trial(environment, FAULTS[name](environment), pace))


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.soak", description=__doc__)
    parser.add_argument(
        "--reads", type=int, default=1_000_000, help="number of reads (%(default)s); 0: faults only"
    )
    parser.add_argument("--rate", type=float, default=0, help="reads per second; 0: no limit")
    parser.add_argument(
        "--minutes", type=float, default=9.5, help="total minutes for all faults (%(default)s)"
    )
    parser.add_argument("--only", nargs="*", choices=FAULTS, help="only these faults; empty: none")
    parser.add_argument("--workers", type=int, default=3, help="(%(default)s)")
    parser.add_argument(
        "--seed", type=int, default=random.randrange(10_000), help="seed of the order of the faults"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
