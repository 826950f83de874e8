"""Processes and directories of tests. They end with the run, even if the run is killed."""

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

# Runs in a separate process. Its standard input closes when the test run ends, even if it is
# killed; then it kills the process groups and removes the directories that are registered.
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
    """Ends process groups and removes directories when this process ends, for any reason."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def send(self, verb: str, value: object) -> None:
        """Register a "directory" or a "started" process group, or forget one that has "ended"."""
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
    """Return a new directory that is removed when the run ends.

    Its path is short, because paths of Unix sockets may have about 100 characters only.
    """
    path = Path(tempfile.mkdtemp(prefix=f"feed-{name}-"))
    _reaper.send("directory", path)
    return path


def start_process(
    command: list[str],
    *,
    log: Path,
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
    user: str | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server in a new process group. It ends with the test run at the latest."""
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
    _reaper.send("started", process.pid)
    return process


def end_process(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to a server's process group and wait; kill it after 10 s."""
    try:
        os.killpg(process.pid, number)
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
    except ProcessLookupError:
        process.wait(10)
    _reaper.send("ended", process.pid)


# Servers that got these ports may not listen on them yet.
_given: deque[int] = deque(maxlen=100)


def free_port() -> int:
    """Return a port on which nothing listens, below the range that the system gives to clients.

    So it is still free when a server is started on it again. The second port of a Redis Cluster
    node, which is 10,000 higher, is below that range too.
    """
    while True:
        # Not with `random`: pytest-randomly gives the same seed to all of xdist's workers.
        port = 10_000 + secrets.randbelow(10_000)
        if port in _given:
            continue
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            _given.append(port)
            return port


def wait_until(condition: Callable[[], object], timeout: float = 10.0) -> None:
    """Return once the condition holds.

    Raises:
        AssertionError: It did not hold within `timeout` seconds.
    """
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, f"not within {timeout} s: {condition}"
        time.sleep(0.005)
