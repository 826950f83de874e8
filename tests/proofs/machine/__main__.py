"""`python -m tests.proofs.machine`: many random sequences, with a seed that is printed.

`--sequences N`: N sequences of 40 steps each, about 7 per second. `--seed`: repeat a run.
"""

import argparse
import os
import secrets
import subprocess
import sys


def main() -> int:
    """Run the sequences by pytest, which starts the servers. Return its exit code: 0 if none
    failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.machine", description=__doc__)
    parser.add_argument("--sequences", type=int, default=2_000, metavar="N")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.sequences} sequences", flush=True)  # noqa: T201 -- a report
    command = [sys.executable, "-m", "pytest", "tests/proofs/machine", "-q", "-s"]
    command += ["-p", "no:randomly", f"--hypothesis-seed={options.seed}"]
    environment = {**os.environ, "MACHINE_SEQUENCES": str(options.sequences)}
    environment.pop("TEST_EMBEDDED", None)  # the sequences need the servers
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
