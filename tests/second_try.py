"""A pytest plugin: which failed tests may be tried a second time, and a loud report of it.

Tests marked `timing` promise milliseconds between real processes, and fail when the machine is busy
with something else. If no other test failed, the run ends with the exit code `ONLY_TIMING_FAILED`,
and the Makefile runs these tests once more, alone (`--last-failed`). Any other failure is final.
"""

import pytest

ONLY_TIMING_FAILED = 8  # pytest uses 0 to 5
MARKER = "timing"
# Node ids of what is tried again, one a line. `make` prints the file and removes it.
TRIED_AGAIN = ".pytest_cache/tried-again"


class SecondTry:
    """Collect the failed tests of a run, in the process that reports them."""

    def __init__(self) -> None:
        self.timing: set[str] = set()
        self.final: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            (self.timing if MARKER in report.keywords else self.final).add(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.final.add(report.nodeid)

    @property
    def allowed(self) -> bool:
        return bool(self.timing) and not self.final

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if session.exitstatus == pytest.ExitCode.TESTS_FAILED and self.allowed:
            session.exitstatus = ONLY_TIMING_FAILED
            record = session.config.rootpath / TRIED_AGAIN
            record.parent.mkdir(exist_ok=True)
            with record.open("a") as file:
                file.writelines(f"{name}\n" for name in sorted(self.timing))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.allowed:
            return
        terminalreporter.section("only tests marked `timing` failed", sep="!", red=True, bold=True)
        for name in sorted(self.timing):
            terminalreporter.line(f"may be tried once more, alone: {name}", red=True)


def pytest_configure(config: pytest.Config) -> None:
    """Workers of xdist report to their controller, which decides."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(SecondTry(), "second-try")
