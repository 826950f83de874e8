"""The supervisor: restarts its process, stops it, and kills one that does not stop."""

import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from background import supervisor
from background.supervisor import Supervisor

WAIT = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).open('a').write('x'); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAIT}"


@pytest.mark.parametrize(("program", "number"), [(WAIT, "SIGTERM"), (STUBBORN, "SIGKILL")])
def test_process_runs_again_after_its_end_until_it_is_stopped(
    program: str,
    number: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wait_until: Callable[..., None],
) -> None:
    if number == "SIGKILL":
        monkeypatch.setattr(supervisor, "STOP_SECONDS", 0.1)
    starts = tmp_path / "starts"

    def count() -> int:
        return len(starts.read_text()) if starts.exists() else 0

    supervised = Supervisor([sys.executable, "-c", program, str(starts)], restart_seconds=0.01)
    supervised.start()
    wait_until(lambda: count() == 1, 30)
    assert supervised.process
    supervised.process.kill()
    wait_until(lambda: count() == 2, 30)
    supervised.request_stop()
    supervised.wait()
    assert supervised.process.returncode == -signal.Signals[number]
    assert count() == 2


def test_supervisor_that_was_not_started_stops_at_once() -> None:
    supervised = Supervisor([sys.executable])
    supervised.request_stop()
    supervised.wait()
    assert supervised.process is None
