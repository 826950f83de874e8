"""CPU time and memory of processes with a known use of both."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from benchmarks import accounting

# Uses 0.4 s of CPU time in a child process that ends, and then waits for input.
BURN = """
import subprocess, sys, time
burn = "import time\\nwhile time.process_time() < 0.4: pass"
subprocess.run([sys.executable, "-c", burn], check=True)
print("done", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def burner() -> Iterator["subprocess.Popen[str]"]:
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", BURN], stdin=pipe, stdout=pipe, text=True
    ) as process:
        yield process
        assert process.stdin
        process.stdin.close()


def test_cpu_time_includes_ended_children(burner: "subprocess.Popen[str]") -> None:
    assert burner.stdout
    assert burner.stdout.readline() == "done\n"
    used = accounting.cpu_seconds([burner.pid])
    assert 0.38 < used < 2  # two interpreters start, too


def test_tree_contains_the_process_and_its_descendants() -> None:
    shell = "sh -c 'echo $$; read line'; true"
    pipe = subprocess.PIPE
    with subprocess.Popen(["sh", "-c", shell], stdin=pipe, stdout=pipe, text=True) as parent:
        assert parent.stdout
        assert parent.stdin
        child = int(parent.stdout.readline())
        assert accounting.tree([parent.pid]) == {parent.pid, child}
        parent.stdin.close()


def test_ended_process_has_no_cpu_time() -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    assert accounting.cpu_seconds([ended.pid]) == 0


def test_wait_for_idle_processes_ends_after_their_work(monkeypatch: pytest.MonkeyPatch) -> None:
    used = iter([0.0, 0.4, 0.4, 0.5, 0.5, 0.52])
    monkeypatch.setattr(accounting, "cpu_seconds", lambda _: next(used))
    accounting.wait_until_idle([1], sleep=lambda _: None)
    assert next(used, "all read") == "all read"


def test_memory_grows_with_allocations() -> None:
    code = "import sys; allocated = bytearray({}); print(flush=True); sys.stdin.read()"
    sizes = []
    for allocated in (0, 64 * 2**20):
        command = [sys.executable, "-c", code.format(allocated)]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe) as process:
            assert process.stdout
            process.stdout.readline()
            sizes.append(accounting.pss_bytes(process.pid))
            assert process.stdin
            process.stdin.close()
    assert 60 * 2**20 < sizes[1] - sizes[0] < 70 * 2**20
