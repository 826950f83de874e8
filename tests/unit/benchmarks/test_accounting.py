"""CPU time and memory of processes, against processes whose use of them is known."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from benchmarks import accounting

# Burns as much CPU time as it is told, in a child that has ended, and then waits for its input.
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
    with subprocess.Popen([sys.executable, "-c", BURN], stdin=pipe, stdout=pipe, text=True) as one:
        yield one
        assert one.stdin
        one.stdin.close()


def test_a_child_that_has_ended_still_counts(burner: "subprocess.Popen[str]") -> None:
    assert burner.stdout
    assert burner.stdout.readline() == "done\n"
    used = accounting.cpu_seconds([burner.pid])
    assert 0.38 < used < 2  # two interpreters start, too


def test_a_tree_is_the_process_and_its_descendants() -> None:
    shell = "sh -c 'echo $$; read line'; true"
    pipe = subprocess.PIPE
    with subprocess.Popen(["sh", "-c", shell], stdin=pipe, stdout=pipe, text=True) as parent:
        assert parent.stdout
        assert parent.stdin
        child = int(parent.stdout.readline())
        assert accounting.tree([parent.pid]) == {parent.pid, child}
        parent.stdin.close()


def test_a_process_that_is_gone_has_used_nothing() -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    assert accounting.cpu_seconds([ended.pid]) == 0


def test_memory_grows_with_what_is_held() -> None:
    code = "import sys; held = bytearray({}); print(flush=True); sys.stdin.read()"
    sizes = []
    for held in (0, 64 * 2**20):
        command = [sys.executable, "-c", code.format(held)]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe) as one:
            assert one.stdout
            one.stdout.readline()
            sizes.append(accounting.pss_bytes(one.pid))
            assert one.stdin
            one.stdin.close()
    assert 60 * 2**20 < sizes[1] - sizes[0] < 70 * 2**20
