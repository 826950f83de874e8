"""`python -m tests.proofs.model`: search the protocol, then show how each broken rule is found.

`--large`: also search the larger configurations, tens of millions of steps in about an hour.
`--only WORD`: only configurations and variants whose name contains the word.
"""

import argparse

from tests.proofs.model.configurations import LARGE, USUAL
from tests.proofs.model.explorer import Result, explore
from tests.proofs.model.protocol import Protocol
from tests.proofs.model.rules import Configuration, Rules
from tests.proofs.model.variants import VARIANTS, Variant


def main() -> int:
    """Print both reports. Return 1 if the protocol breaks a promise or a variant is not found."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.model", description=__doc__)
    parser.add_argument("--large", action="store_true", help="also the larger configurations")
    parser.add_argument(
        "--only", default="", metavar="WORD", help="only names that contain this word"
    )
    options = parser.parse_args()
    configurations = (*USUAL, *LARGE) if options.large else USUAL
    whole = [_search(config) for config in configurations if options.only in config.name]
    caught = [_catch(variant) for variant in VARIANTS if options.only in variant.name]
    states, steps = sum(one.states for one in whole), sum(one.steps for one in whole)
    _print(f"\nThe protocol: {states:,} states, {steps:,} steps in {len(whole)} configurations.")
    _print(f"Broken ones: {sum(caught)} of {len(caught)} caught.")
    return 0 if all(one.complete for one in whole) and all(caught) else 1


def _search(config: Configuration) -> Result:
    result = explore(Protocol(config, Rules()))
    _print(
        f"{config.name}: {'safe' if result.complete else 'BROKEN'}, {result.states:,} states, "
        f"{result.steps:,} steps, depth {result.depth}, {result.seconds:.1f} s"
    )
    _print_trace(result)
    return result


def _catch(variant: Variant) -> bool:
    result = explore(Protocol(variant.config, variant.rules))
    found = f"caught in {len(result.trace)} steps" if result.wrong else "NOT CAUGHT"
    _print(f"\n{variant.name}: {found} ({result.states:,} states, {result.seconds:.1f} s)")
    _print_trace(result)
    return bool(result.wrong)


def _print_trace(result: Result) -> None:
    for number, line in enumerate(result.trace, 1):
        _print(f"  {number:2}. {line}")
    if result.wrong:
        _print(f"  So {result.wrong}.")


def _print(line: str) -> None:
    print(line, flush=True)  # noqa: T201 -- a report on the terminal is what this command is for


if __name__ == "__main__":
    raise SystemExit(main())
