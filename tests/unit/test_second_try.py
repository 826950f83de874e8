"""Only tests marked `timing` may be tried twice."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.second_try import ONLY_TIMING_FAILED, TRIED_AGAIN

ROOT = Path(__file__).parents[2]
TIMING = "import pytest\n@pytest.mark.timing\ndef test_timing():\n    assert {passes}\n"
PLAIN = "def test_plain():\n    assert {passes}\n"


def exit_code(directory: Path, *arguments: str, timing: bool = True, plain: bool = True) -> int:
    """Run pytest in a process of its own on one test of each kind, which pass or fail as given."""
    (directory / "pytest.ini").write_text("[pytest]\nmarkers = timing\n")
    (directory / "test_timing.py").write_text(TIMING.format(passes=timing))
    (directory / "test_plain.py").write_text(PLAIN.format(passes=plain))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.second_try", "-p", "xdist"]
    command += [f"--rootdir={directory}", *arguments, str(directory)]
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # in a third of the time
    return subprocess.run(command, check=False, cwd=ROOT, env=env).returncode


@pytest.mark.parametrize("processes", ["0", "2"])
def test_exit_code_says_that_only_timing_tests_failed(tmp_path: Path, processes: str) -> None:
    assert exit_code(tmp_path, "-n", processes, timing=False) == ONLY_TIMING_FAILED
    assert (tmp_path / TRIED_AGAIN).read_text() == "test_timing.py::test_timing\n"


def test_any_other_failure_is_final(tmp_path: Path) -> None:
    assert exit_code(tmp_path, timing=False, plain=False) == pytest.ExitCode.TESTS_FAILED
    assert not (tmp_path / TRIED_AGAIN).exists()


def test_second_try_runs_failed_timing_tests_alone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(tmp_path, timing=False) == ONLY_TIMING_FAILED
    capfd.readouterr()
    again = ("--last-failed", "--last-failed-no-failures", "none", "-m", "timing")
    assert exit_code(tmp_path, *again) == pytest.ExitCode.OK
    assert "1 passed" in capfd.readouterr().out


def test_broken_test_file_is_final(tmp_path: Path) -> None:
    (tmp_path / "test_broken.py").write_text("import no_such_module\n")
    assert exit_code(tmp_path, "--continue-on-collection-errors", timing=False) != (
        ONLY_TIMING_FAILED
    )
