"""The load generator: as many requests as the server answers, over connections that stay open."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("wrk.lua")


class WrkFailedError(Exception):
    """wrk ended without a result; with what it said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What came back in one run. `errors`: answers above 399, and what broke on the way."""

    requests: int
    seconds: float
    errors: int
    p50_ms: float
    p99_ms: float
    max_ms: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def load(
    url: str,
    *,
    seconds: int,
    connections: int = 16,
    headers: Mapping[str, str] | None = None,
    paths: Path | None = None,
) -> Load:
    """Load a server from one thread. `paths`: a file of paths to take in turn, one a line.

    Raises:
        WrkFailedError: nothing listens there, or the arguments are wrong.
    """
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
    for name, value in (headers or {}).items():
        command += ["-H", f"{name}: {value}"]
    command += ["-s", str(SCRIPT), url, *(["--", str(paths)] if paths else [])]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- ours
    _, found, result = ended.stdout.rpartition("RESULT ")
    if not found:
        raise WrkFailedError(f"{' '.join(command)}\n{ended.stdout}{ended.stderr}")
    told = json.loads(result)
    return Load(
        requests=told["requests"],
        seconds=told["duration_us"] / 1e6,
        errors=sum(told[kind] for kind in ("connect", "read", "write", "timeout", "status")),
        p50_ms=told["p50_us"] / 1e3,
        p99_ms=told["p99_us"] / 1e3,
        max_ms=told["max_us"] / 1e3,
    )
