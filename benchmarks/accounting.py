"""CPU time and memory of process trees, as the kernel counts them."""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

PROC = Path("/proc")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
IDLE_SECONDS = 0.5
# Fields after the command's name in /proc/PID/stat: see proc(5).
PARENT, CPU_FIELDS = 1, slice(11, 15)


def tree(roots: Iterable[int]) -> set[int]:
    """Return these processes and their descendants.

    By parent, not by process group: each process of PostgreSQL has a separate group.
    """
    children: dict[int, list[int]] = {}
    for path in PROC.iterdir():
        if path.name.isdecimal() and (fields := _stat(int(path.name))):
            children.setdefault(int(fields[PARENT]), []).append(int(path.name))
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        found.add(pid)
        waiting += children.get(pid, [])
    return found


def cpu_seconds(roots: Iterable[int]) -> float:
    """Return user and system time of the trees, with processes that have ended."""
    fields = filter(None, map(_stat, tree(roots)))
    return sum(sum(map(int, stat[CPU_FIELDS])) for stat in fields) / TICKS_PER_SECOND


def wait_until_idle(roots: Sequence[int], *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Wait until the trees use less than a tenth of a core for half a second."""
    while True:
        before = cpu_seconds(roots)
        sleep(IDLE_SECONDS)
        if cpu_seconds(roots) - before < IDLE_SECONDS / 10:
            return


def pss_bytes(pid: int) -> int:
    """Return the proportional set size (PSS): shared memory is divided among its processes."""
    lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _stat(pid: int) -> list[str]:
    """Return the fields after the command's name; an empty list if the process has ended."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text[text.rindex(")") + 2 :].split()
