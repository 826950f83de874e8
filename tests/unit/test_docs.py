"""What the documentation claims, as far as a test can tell."""

import os
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands
from django.urls import resolve

from feedsite import environment

ROOT = Path(__file__).parents[2]
README, CACHING, OPERATIONS, SECURITY, CONTRIBUTING, TESTING = (
    (ROOT / name).read_text()
    for name in (
        "README.md",
        "docs/caching.md",
        "docs/operations.md",
        "SECURITY.md",
        "CONTRIBUTING.md",
        "docs/testing.md",
    )
)
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/caching.md",
    "docs/index.md",
    "docs/operations.md",
    "docs/testing.md",
    "tests/README.md",
]
WORKFLOW = ".github/workflows/ci.yml"


def test_every_make_target_in_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`|\d )make ([a-z]+)", README, re.MULTILINE))
    assert {"run", "test"} <= named <= targets


def test_every_command_in_the_readme_exists() -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", README))
    assert {"seed_demo", "import_posts", "warm_feed", "verify_feed"} <= named <= set(get_commands())


@pytest.mark.parametrize("path", sorted(set(re.findall(r"/(?:api|health)/[a-z/<>]*", README))))
def test_every_path_in_the_readme_leads_somewhere(path: str) -> None:
    resolve(path.replace("<id>", "1"))  # raises what is no path of ours


@pytest.mark.parametrize("name", PAGES)
def test_every_file_that_is_named_is_there(name: str) -> None:
    page = ROOT / name
    text = page.read_text()
    linked = re.findall(r"\]\((?!http)([^)#]+)\)", text)
    paths = re.findall(
        r"`((?:tests|demo|feed|feedsite|freshcache|docs|posts|templates|benchmarks|deploy)"
        r"/(?:[\w/.-]+\.\w+|[\w/]*))`",
        text,
    )
    tests = re.findall(r"`(test_\w+\.py)`", text)
    assert not [path for path in linked if not (page.parent / path).exists()]
    assert not [path for path in paths if not (ROOT / path).exists()]
    assert not [name for name in tests if not list((ROOT / "tests").rglob(name))]


def test_the_index_leads_to_every_page() -> None:
    index = (ROOT / "docs/index.md").read_text()
    linked = {(ROOT / "docs" / path).resolve() for path in re.findall(r"\]\(([^)#]+)\)", index)}
    pages = {*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").glob("*.md")}
    assert pages - {ROOT / "docs/index.md"} <= linked


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/testing.md"])
def test_every_test_that_is_named_is_there(name: str) -> None:
    sources = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    written = set(re.findall(r"^def (test_\w+)", sources, re.MULTILINE))
    example = {"test_breaker_stays_open_while_probe_fails"}
    assert set(re.findall(r"`(test_\w+)`", (ROOT / name).read_text())) <= written | example


@pytest.mark.parametrize("text", [CONTRIBUTING, TESTING], ids=["contributing", "testing"])
def test_every_make_target_that_is_named_exists(text: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)", text))
    assert {"test", "proofs"} <= named <= targets


def test_every_marker_is_described() -> None:
    described = set(
        re.findall(r"^\| `([a-z]+)` \|", TESTING.partition("## Markers")[2], re.MULTILINE)
    )
    markers = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["markers"]
    assert {marker.partition(":")[0] for marker in markers} <= described


def test_the_workflow_runs_what_ci_runs_and_only_pinned_actions() -> None:
    text = (ROOT / WORKFLOW).read_text()
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert all(job["timeout-minutes"] <= 60 for job in workflow["jobs"].values())
    assert [step for step in steps if re.search(r"(^| )\.ci/run$", step.get("run", ""))]
    assert os.access(ROOT / ".ci/run", os.X_OK)
    used = [step["uses"] for step in steps if "uses" in step]
    pinned = re.findall(r"uses: ([\w./-]+@[0-9a-f]{40}) # v[\d.]+$", text, re.MULTILINE)
    assert used == pinned


def test_every_finding_of_the_audit_names_tests_that_exist() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    written = set(re.findall(r"^def (test_\w+)", sources, re.MULTILINE))
    rows = re.findall(r"^\| (\d+) \| [^|]+ \| ([^|]+) \|$", SECURITY, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 29))
    named = {name for _, tests in rows for name in re.findall(r"`(test_\w+)`", tests)}
    assert named <= written


def test_the_numbers_in_the_doctrine_are_those_of_the_settings() -> None:
    told: dict[str, object] = {}
    for names, values in re.findall(r"^\| (`[A-Z_`, ]+`) \| ([^|]+) \|", CACHING, re.MULTILINE):
        numbers = [float(number) for number in re.findall(r"[\d.]+", values)]
        if names == "`TTL_SECONDS`":
            told["TTL_SECONDS"] = dict(zip(re.findall(r"[a-z]+", values), numbers, strict=True))
        else:
            told.update(zip(re.findall(r"[A-Z_]+", names), numbers, strict=True))
    assert told == settings.FEED


def test_every_variable_that_is_read_is_told_to_operators() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "feedsite").glob("*.py"))
    calls = r"(?:text|flag|number|seconds|names|origins)\(\s*\"([A-Z_]+)\""
    read = set(re.findall(calls, sources))
    assert len(read) > 20
    assert not {name for name in read if f"`{name}`" not in OPERATIONS}


def test_every_limit_is_told_with_its_default() -> None:
    rows = re.findall(r"^\| `(LIMIT_[A-Z_]+)` \| ([^|]+) \|", OPERATIONS, re.MULTILINE)
    assert {name for name, _ in rows} == {f"LIMIT_{scope.upper()}" for scope in settings.LIMITS}
    for name, default in rows:
        if name not in os.environ:  # the tests' own, see tests/servers.py
            scope = name.removeprefix("LIMIT_").lower()
            assert environment.rate(name, default=default) == settings.LIMITS[scope]
