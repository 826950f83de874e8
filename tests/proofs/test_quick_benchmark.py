"""A quick run of the suite with real servers, tables and charts. No figure is checked."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from benchmarks import machine
from benchmarks.__main__ import SHAPES
from benchmarks.subjects import BARE, QUICK

SVG = "{http://www.w3.org/2000/svg}"


def _run(*arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=machine.ROOT,
        env={**os.environ, **env},
    )


@pytest.fixture
def tools() -> None:
    """Skip without the tools, and fail in CI."""
    if missing := machine.missing_tools():
        assert not os.environ.get("CI"), missing
        pytest.skip(f"not installed: {', '.join(missing)}")


@pytest.mark.postgres
@pytest.mark.redis
@pytest.mark.timing  # a starved machine refuses requests, which the test counts as errors
@pytest.mark.timeout(300)
def test_quick_run_measures_everything_once_without_error(tools: None, tmp_path: Path) -> None:
    ended = _run("--quick", "--output", str(tmp_path))
    assert ended.returncode == 0, ended.stderr
    results: dict[str, Any] = json.loads((tmp_path / "results.json").read_text())
    _assert_subjects(results["steady"])
    _assert_tables(results["tables"])
    table = (tmp_path / "results.md").read_text()
    names = [subject["name"] for subject in results["steady"]]
    assert [name for name in names if f"| {name} |" not in table] == []
    assert ended.stdout.strip() == table.strip()
    assert "Index" in (tmp_path / "plans.md").read_text()
    plots = sorted(tmp_path.glob("*.svg"))
    assert [plot.stem for plot in plots] == ["cpu", "sizes", "throughput", "writes"]
    for plot in plots:
        assert _bars(plot) == [bar for bar in _bars(plot) if bar > 0] != []


def _assert_subjects(subjects: list[dict[str, Any]]) -> None:
    names = {subject["name"] for subject in subjects}
    assert names >= QUICK | {BARE, "nginx, a file"}
    for subject in subjects:
        (only_round,) = subject["rounds"]
        assert only_round["errors"] == 0, subject
        assert only_round["requests"] > 0, subject
        assert subject["of_bare"]["cpu"] > 0, subject


def _assert_tables(tables: list[dict[str, Any]]) -> None:
    assert len(tables) == len(SHAPES) + 1
    rows = {table["name"]: table["rows"] for table in tables}
    for table in tables:
        assert table["rows"]
        assert {len(row) for row in table["rows"]} == {len(table["columns"])}
    queries = {row[0]: row[3] for row in rows["before and after"]}
    assert queries["DRF, no cache"] == 100
    assert 1 <= queries["ours"] < 10  # a self-check adds one in 5 s
    assert rows["cold"][0][1:4] == [50, 0, 1]  # all answered, no error, one load
    (writes,) = rows["writes"]
    assert writes[1] > 1  # posts were written
    assert writes[3] == 0  # and no read failed
    assert {row[3] for row in rows["connections"]} == {0}
    assert [row[0] for row in rows["api writes"]] == ["post", "like set or taken back", "comment"]
    for row in rows["api writes"]:
        assert row[-1] == 0, row  # no error
        assert min(row[1:5]) > 0, row


def _bars(plot: Path) -> list[float]:
    return [float(bar.attrib["width"]) for bar in ET.parse(plot).iter(f"{SVG}rect")]


def test_missing_tools_are_reported_with_install_commands() -> None:
    ended = _run("--quick", PATH="/nowhere")
    assert ended.returncode == 1
    assert "apt-get install wrk" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.postgres
@pytest.mark.redis
def test_word_that_matches_nothing_is_refused(tools: None) -> None:
    ended = _run("--quick", "--only", "no such name")
    assert ended.returncode == 1
    assert "--list" in ended.stderr
    assert "Traceback" not in ended.stderr
