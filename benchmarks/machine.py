"""The machine that is measured on: its cores and who gets which, its tools, its versions."""

import os
import platform
import shutil
import sys
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Peers need packages that the site does not, so they have an environment of their own.
PEERS_PYTHON = ROOT / ".venv-bench/bin/python"

INSTALL = {
    "wrk": "the load generator: apt-get install wrk, or brew install wrk",
    "nginx": "the web server: apt-get install nginx-light",
    "taskset": "it binds processes to cores: apt-get install util-linux",
}


def missing_tools() -> list[str]:
    """A line for each tool that is not on the PATH: its name, and where it comes from."""
    return [f"{name} ({what})" for name, what in INSTALL.items() if not shutil.which(name)]


def cores() -> list[int]:
    """The cores this run may use."""
    return sorted(os.sched_getaffinity(0))


class Cores:
    """Who runs where: servers on the first core, load and databases on the others.

    On a machine of one core all share it, and what is measured says less.
    """

    def __init__(self, available: list[int]) -> None:
        self.server = available[:1]
        self.load = available[1:] or available

    def bound(self, command: list[str]) -> list[str]:
        """The command of a server, bound to the servers' core."""
        if not shutil.which("taskset"):
            return command
        return ["taskset", "-c", ",".join(map(str, self.server)), *command]

    def bind_this_process(self) -> None:
        """From here on, what this process starts runs beside the servers, not in their way."""
        os.sched_setaffinity(0, self.load)


def description(found: Cores) -> dict[str, str]:
    """What a reader has to know to compare the figures with others."""
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
