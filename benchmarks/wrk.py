"""The load generator wrk: as many requests as the server answers, over persistent connections."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("wrk.lua")


class WrkFailedError(Exception):
    """wrk ended without a result. The text is its output."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """Results of one run. `errors`: answers above 399, lost connections and time-outs."""

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
    """Load a server from one thread. `paths` is a file of paths, one a line, used in turn.

    Raises:
        WrkFailedError: no server listens there, or the arguments are wrong.
    """
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
    for name, value in (headers or {}).items():
        command += ["-H", f"{name}: {value}"]
    command += ["-s", str(SCRIPT), url, *(["--", str(paths)] if paths else [])]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- ours
    _, found, result = ended.stdout.rpartition("RESULT ")
    if not found:
        raise WrkFailedError(f"{' '.join(command)}\n{ended.stdout}{ended.stderr}")
    report = json.loads(result)
    return Load(
        requests=report["requests"],
        seconds=report["duration_us"] / 1e6,
        errors=sum(report[kind] for kind in ("connect", "read", "write", "timeout", "status")),
        p50_ms=report["p50_us"] / 1e3,
        p99_ms=report["p99_us"] / 1e3,
        max_ms=report["max_us"] / 1e3,
    )
