"""The machine of a run: cores and their use, required tools, versions."""

import os
import platform
import shutil
import sys
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# A separate virtual environment with the additional packages of the peers.
PEERS_PYTHON = ROOT / ".venv-bench/bin/python"

INSTALL = {
    "wrk": "the load generator: apt-get install wrk, or brew install wrk",
    "nginx": "the web server: apt-get install nginx-light",
    "taskset": "it binds processes to cores: apt-get install util-linux",
}


def missing_tools() -> list[str]:
    """Return a line for each tool that is not on the PATH: its name and how to install it."""
    return [f"{name} ({hint})" for name, hint in INSTALL.items() if not shutil.which(name)]


def cores() -> list[int]:
    """Return the cores that this process may use."""
    return sorted(os.sched_getaffinity(0))


class Cores:
    """Use of the cores: servers on the first one, load generator and databases on the others.

    On a machine with one core all share it, and the figures are less exact.
    """

    def __init__(self, available: list[int]) -> None:
        self.server = available[:1]
        self.load = available[1:] or available

    def bound(self, command: list[str]) -> list[str]:
        """Return the command that starts a server on the servers' core."""
        if not shutil.which("taskset"):
            return command
        return ["taskset", "-c", ",".join(map(str, self.server)), *command]

    def bind_this_process(self) -> None:
        """Move this process and its future children off the servers' core."""
        os.sched_setaffinity(0, self.load)


def description(found: Cores) -> dict[str, str]:
    """Return the facts that are needed to compare figures of different machines."""
    return {
        "processor": _processor(),
        "cores": f"{os.cpu_count()} (servers: {found.server}, load and databases: {found.load})",
        "memory": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": sys.version.split()[0],
        **{name: version(name) for name in ("django", "djangorestframework", "granian", "redis")},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
