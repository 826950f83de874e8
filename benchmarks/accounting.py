"""What processes have used, by the kernel's own books: CPU time and memory of process trees."""

import os
from collections.abc import Iterable
from pathlib import Path

PROC = Path("/proc")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
# Of what follows the command's name in /proc/PID/stat: see proc(5).
PARENT, CPU_FIELDS = 1, slice(11, 15)


def tree(roots: Iterable[int]) -> set[int]:
    """These processes and all that descend from them.

    By parent, not by process group: PostgreSQL gives each of its processes a group of its own.
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
    """User and system time of the trees, and of those of their processes that have ended."""
    fields = filter(None, map(_stat, tree(roots)))
    return sum(sum(map(int, stat[CPU_FIELDS])) for stat in fields) / TICKS_PER_SECOND


def pss_bytes(pid: int) -> int:
    """Memory of a process, where what it shares with others counts in parts (PSS)."""
    lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _stat(pid: int) -> list[str]:
    """The fields after the command's name, which may hold spaces; none, if the process is gone."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text[text.rindex(")") + 2 :].split()
