"""`python -m tests.proofs.machine`: long runs of random sequences, each with its seed printed.

`--stories N` of 40 steps each (some 7 a second); `--seed` repeats a run.
"""

import argparse
import os
import secrets
import subprocess
import sys


def main() -> int:
    """Run the stories by pytest, which starts the servers; its exit code, 0 if none broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.machine", description=__doc__)
    parser.add_argument("--stories", type=int, default=2_000, metavar="N")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.stories} stories", flush=True)  # noqa: T201 -- a report
    command = [sys.executable, "-m", "pytest", "tests/proofs/machine", "-q", "-s"]
    command += ["-p", "no:randomly", f"--hypothesis-seed={options.seed}"]
    environment = {**os.environ, "MACHINE_STORIES": str(options.stories)}
    environment.pop("TEST_EMBEDDED", None)  # these stories need the servers
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
