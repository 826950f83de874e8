"""Processes that tests start: none outlives the run, however the run ends."""

import atexit
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from pwd import getpwnam

# Lives in a process of its own and reads what to end when its standard input closes, which happens
# however the test run ends: even killed, it leaves no server and no directory behind.
_REAPER = """
import os, shutil, signal, sys
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
groups, directories = set(), []
for line in sys.stdin:
    verb, value = line.rstrip("\\n").split(" ", 1)
    if verb == "directory": directories.append(value)
    elif verb == "started": groups.add(int(value))
    else: groups.discard(int(value))
for group in groups:
    try: os.killpg(group, signal.SIGKILL)
    except ProcessLookupError: pass
for directory in directories:
    shutil.rmtree(directory, ignore_errors=True)
"""


class _Reaper:
    """Ends process groups and removes directories when this process is gone, for any reason."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def tell(self, verb: str, value: object) -> None:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _REAPER],
                stdin=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            atexit.register(self._close)
        assert self._process.stdin
        self._process.stdin.write(f"{verb} {value}\n")
        self._process.stdin.flush()

    def _close(self) -> None:
        assert self._process
        self._process.communicate()


_reaper = _Reaper()


def temporary_directory(name: str) -> Path:
    """A directory that is removed when the run ends; its path is short, for Unix sockets."""
    path = Path(tempfile.mkdtemp(prefix=f"feed-{name}-"))
    _reaper.tell("directory", path)
    return path


def start_process(
    command: list[str],
    *,
    log: Path,
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
    user: str | None = None,
) -> subprocess.Popen[bytes]:
    """A server in a process group of its own, which never outlives the test run."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=env,
            cwd=cwd,
            user=user,
            group=user and getpwnam(user).pw_gid,
            extra_groups=[] if user else None,
        )
    _reaper.tell("started", process.pid)
    return process


def end_process(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to a server's whole group and wait; after 10 s it is killed."""
    try:
        os.killpg(process.pid, number)
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
    except ProcessLookupError:
        process.wait(10)
    _reaper.tell("ended", process.pid)


# Whoever asked for them may not listen yet.
_given: deque[int] = deque(maxlen=100)


def free_port() -> int:
    """A port that nothing listens on, and that the system gives to no client either.

    So it is still free when a server comes back to it. That holds for the second port of a Cluster
    too, which is 10,000 above.
    """
    while True:
        # Not by `random`, which is seeded alike in each of xdist's workers.
        port = 10_000 + secrets.randbelow(10_000)
        if port in _given:
            continue
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            _given.append(port)
            return port


def wait_until(condition: Callable[[], object], timeout: float = 10.0) -> None:
    """Return once the condition holds; fail after `timeout` seconds.

    Raises:
        AssertionError: it never held.
    """
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, f"not within {timeout} s: {condition}"
        time.sleep(0.005)
