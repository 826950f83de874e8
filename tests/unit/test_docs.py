"""The documentation, compared with the code: names, numbers, figures and drawings.

Checked in all pages: links and their anchors, files, tests, make targets, management commands,
modules and Python names, keys in Redis, system checks, log events, values of Cache-Status. Checked
in single pages: settings and limits with their defaults, counts of /health/cache, figures of the
benchmarks, sizes of the proofs, versions, drawings against the import contracts, screenshots.
"""

import datetime
import importlib.util
import json
import os
import re
import statistics
import tomllib
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import grimp
import pytest
import yaml
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands
from django.test import Client
from django.urls import resolve
from django.utils.module_loading import import_string

from feed.cache import NAMESPACE, POLICY_DEFAULTS
from feedsite import environment
from freshcache.redis import key_names
from tests.proofs.model.configurations import USUAL
from tests.proofs.model.variants import VARIANTS
from tests.proofs.schedules.mutations import MUTATIONS

ROOT = Path(__file__).parents[2]
PACKAGES = ("feedsite", "demo", "feed", "posts", "background", "freshcache")
PAGES = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/caching.md",
    "docs/decisions.md",
    "docs/index.md",
    "docs/operations.md",
    "docs/scale.md",
    "docs/testing.md",
    "freshcache/README.md",
    "tests/README.md",
]
TEXTS = {name: (ROOT / name).read_text() for name in PAGES}
README, CHANGELOG, CONTRIBUTING, SECURITY = (TEXTS[name] for name in PAGES[:4])
CACHING, OPERATIONS, SCALE, TESTING = (
    TEXTS[f"docs/{name}.md"] for name in ("caching", "operations", "scale", "testing")
)
ALL_TEXTS = "\n".join(TEXTS.values())
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
WORKFLOW = ".github/workflows/ci.yml"
# Names in the documentation that only show a form.
EXAMPLES = {"test_breaker_stays_open_while_probe_fails"}


@cache
def _sources(directories: tuple[str, ...] = PACKAGES, pattern: str = "*.py") -> str:
    paths = (path for name in directories for path in (ROOT / name).rglob(pattern))
    return "\n".join(path.read_text() for path in paths)


def _make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


# --- All pages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_every_link_and_file_exists(name: str) -> None:
    page, text = ROOT / name, TEXTS[name]
    linked = re.findall(r"\]\((?!http)([^)#]+)(?:#[^)]*)?\)", text)
    paths = re.findall(
        r"`((?:tests|demo|background|feed|feedsite|freshcache|docs|posts|templates|benchmarks|deploy)"
        r"/(?:[\w/.-]+\.\w+|[\w/]*))`",
        text,
    )
    assert [path for path in linked if not (page.parent / path).exists()] == []
    generated = {"docs/benchmarks/plans.md"}  # by `make bench`
    assert [path for path in paths if not (ROOT / path).exists() and path not in generated] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_anchor_is_a_heading(name: str) -> None:
    for path, anchor in re.findall(r"\]\((?!http)([^)#]*)#([^)]+)\)", TEXTS[name]):
        target = (ROOT / name).parent / path if path else ROOT / name
        headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
        slugs = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert anchor in slugs, f"{path}#{anchor}"


@pytest.mark.parametrize("name", PAGES)
def test_every_test_that_is_named_exists(name: str) -> None:
    sources = _sources(("tests",), "test_*.py")
    written = set(re.findall(r"^(?:async )?def (test_\w+)", sources, re.MULTILINE))
    named = set(re.findall(r"`(test_\w+)`", TEXTS[name]))
    assert named - written - EXAMPLES == set()
    files = set(re.findall(r"`(test_\w+\.py)`", TEXTS[name]))
    assert files - {path.name for path in (ROOT / "tests").rglob("test_*.py")} == set()


def test_every_make_target_that_is_named_exists() -> None:
    # In code only: "make" is a word of English too.
    named = set(re.findall(r"`make ([a-z]+)", ALL_TEXTS))
    named |= set(re.findall(r"^(?:[A-Z_]+=\S+ )*make ([a-z]+)", README, re.MULTILINE))
    assert {"run", "test", "proofs", "bench", "soak"} <= named
    assert named - _make_targets() == set()


def test_every_management_command_that_is_named_exists() -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", ALL_TEXTS))
    assert {"seed_demo", "import_posts", "warm_feed", "verify_feed", "clear_expired"} <= named
    assert named - set(get_commands()) == set()


def test_every_module_that_is_run_exists() -> None:
    named = set(re.findall(r"python -m ([a-z_.]+)", ALL_TEXTS))
    assert {"feedsite.server", "tests.proofs.model"} <= named
    assert [name for name in named if importlib.util.find_spec(name) is None] == []


def test_every_python_name_exists() -> None:
    models = apps.get_models()
    permissions = {
        f"{model._meta.app_label}.{codename}"
        for model in models
        for codename in (
            *(f"{action}_{model._meta.model_name}" for action in model._meta.default_permissions),
            *(codename for codename, _ in model._meta.permissions),
        )
    }
    named = set(
        re.findall(r"`((?:freshcache|background|feed|posts)\.[a-z][\w.]*\w)(?:\(|`)", ALL_TEXTS)
    )
    assert "posts.signals.announce_posts" in named
    missing = [name for name in sorted(named - permissions) if not _is_importable(name)]
    assert [name for name in missing if not name.endswith((".py", ".sqlite3"))] == []


def _is_importable(name: str) -> bool:
    with suppress(ImportError):
        if importlib.util.find_spec(name):
            return True
    with suppress(ImportError):
        import_string(name)
        return True
    return False


def test_every_system_check_that_is_named_exists() -> None:
    named = set(re.findall(r"`((?:feed|posts|freshcache)\.[EW]\d{3})`", ALL_TEXTS))
    named -= {"feed.W002"}  # the changelog says what it is called now
    assert "feed.E001" in named
    assert [name for name in named if f'"{name}"' not in _sources()] == []


def test_every_log_event_that_is_named_exists() -> None:
    named = set(re.findall(r'event="([^"]+)"', ALL_TEXTS))
    assert "load failed" in named
    assert [event for event in named if f'"{event}"' not in _sources()] == []


def test_every_key_in_redis_that_is_named_exists() -> None:
    names = key_names.KeyNames(NAMESPACE, settings.REDIS_KEY_PREFIX or "feedsite")
    properties = [
        name for name, member in vars(key_names.KeyNames).items() if isinstance(member, property)
    ]
    keys = {getattr(names, name) for name in properties}
    tag = "feedsite:{feed:global}"
    assert tag in keys
    assert set(re.findall(r"`(feedsite:\{feed:global\}:[a-z]+)`", ALL_TEXTS)) <= keys
    listed = OPERATIONS.partition("The feed's keys: ")[2].partition(", where")[0]
    suffixes = re.findall(r"`(?:feedsite:\{feed:global\})?(:[a-z]+)`", listed)
    assert suffixes == [":generation", ":counts", ":stats"]
    assert {f"{tag}{suffix}" for suffix in suffixes} <= keys
    form = f"v{key_names.FORM}."
    assert re.findall(r"`:(page|lease):(v\d+\.)<form>:…`", listed) == [
        ("page", form),
        ("lease", form),
    ]
    assert f"The {key_names.FORM} is `FORM`" in OPERATIONS


def test_every_detail_of_cache_status_that_is_named_exists() -> None:
    named = set(re.findall(r'detail="([a-z ]+)"', CACHING + OPERATIONS))
    assert "front door" in named
    assert [detail for detail in named if f'"{detail}"' not in _sources(("freshcache",))] == []


# --- README and index -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(set(re.findall(r"/(?:api|health)/[a-z/<>]*", README))))
def test_every_path_in_the_readme_is_a_route(path: str) -> None:
    resolve(path.replace("<id>", "1"))  # raises for an unknown path


def test_index_links_to_every_page() -> None:
    index = TEXTS["docs/index.md"]
    linked = {(ROOT / "docs" / path).resolve() for path in re.findall(r"\]\(([^)#]+)\)", index)}
    pages = {*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").glob("*.md")}
    generated = {ROOT / "docs/benchmarks/plans.md"}
    assert pages - {ROOT / "docs/index.md"} - generated <= linked


def test_drawings_show_the_import_contracts() -> None:
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    packages, *others = contracts
    (freshcache,) = (one for one in others if one.get("containers") == ["freshcache"])
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    for text, contract, container in (
        (README, packages, ""),
        (TEXTS["docs/index.md"], freshcache, "freshcache."),
    ):
        drawing = text.partition("```mermaid\nflowchart TD\n")[2].partition("```")[0]
        layer = {
            name: number
            for number, names in enumerate(contract["layers"])
            for name in names.split(" : ")
        }
        nodes = re.findall(r'^ +(\w+)\["', drawing, re.MULTILINE)
        assert sorted(nodes) == sorted(layer)
        arrows = re.findall(r"^ +(\w+) -[-.].*> (\w+)$", drawing, re.MULTILINE)
        assert len(arrows) >= len(nodes) - 1
        assert [arrow for arrow in arrows if layer[arrow[0]] >= layer[arrow[1]]] == []
        for importer, imported in re.findall(r"^ +(\w+) --> (\w+)$", drawing, re.MULTILINE):
            assert graph.direct_import_exists(
                importer=container + importer, imported=container + imported, as_packages=True
            ), f"{importer} --> {imported} is drawn and not imported"


def test_no_module_imports_its_own_package() -> None:
    # A circle too, which the contract on circles does not see.
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    upwards = [
        (module, imported)
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
        if module.startswith(f"{imported}.")
    ]
    assert upwards == []


def test_screenshots_are_those_that_make_pictures_takes() -> None:
    directory = ROOT / "docs/pictures"
    spec = importlib.util.spec_from_file_location("take", directory / "take.py")
    assert spec
    assert spec.loader
    take = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(take)
    taken = {
        f"{name}-{width}-{theme}.webp"
        for name in take.SCENES
        for width in take.SIZES
        for theme in take.THEMES
    }
    assert {path.name for path in directory.glob("*.webp")} == taken


# --- Figures --------------------------------------------------------------------------------------


def _measured() -> dict[str, dict[str, float]]:
    """Return the medians of each subject of the last benchmark: CPU, CPU beside, in µs."""
    results: dict[str, Any] = json.loads((ROOT / "docs/benchmarks/results.json").read_text())
    return {
        subject["name"]: {
            key: statistics.median(one[key] for one in subject["rounds"])
            for key in ("cpu_us", "beside_cpu_us")
        }
        for subject in results["steady"]
    }


def _table(title: str) -> list[list[str]]:
    """Return the rows of a table of the benchmark results, as texts."""
    results = (ROOT / "docs/benchmarks/results.md").read_text()
    section = results.partition(f"## {title}")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_figures_of_the_readme_are_those_of_the_benchmark() -> None:
    measured = _measured()
    rows = re.findall(r"^\| `([^`]+)` \| [^|]+ \| ([\d.,]+) \|$", README, re.MULTILINE)
    assert len(rows) >= 6
    for name, figure in rows:
        documented = float(figure.replace(",", ""))
        assert documented == pytest.approx(measured[name]["cpu_us"], rel=0.005), name
    (ours,) = (row for row in _table("500 cold clients at once") if row[0] == "ours, two workers")
    assert ours[1:3] == ["500", "0"]
    assert "Of 500 cold clients at once all get an answer" in README
    (hundred,) = (row for row in _table("2,000 reads per second with writes") if row[0] == "100")
    assert f"{float(hundred[4]):.0f} % of the reads are hits" in README


def test_figures_of_scale_are_near_those_of_the_benchmark() -> None:
    """They are the highest of three runs, so the last run may be up to a tenth lower."""
    measured = _measured()
    documented = {
        "JSON": (r"\| \*h\* \|[^|]+\| ([\d.]+) µs \|", 1),
        "JSON, with a token": (r"\| \*t\* \|[^|]+\| ([\d.]+) µs;", 1),
        "page, signed in": (r"\| \*s\* \|[^|]+\| ([\d.]+) µs \|", 1),
        "JSON, each a miss": (r"\| \*m\* \|[^|]+\| ([\d.]+) ms;", 1000),
        "JSON, behind nginx": (r"\| \*e\* \|[^|]+\| ([\d.]+) µs \|", 1),
    }
    for name, (pattern, factor) in documented.items():
        (figure,) = re.findall(pattern, SCALE)
        assert float(figure) * factor == pytest.approx(measured[name]["cpu_us"], rel=0.1), name


def test_sizes_of_the_proofs_are_those_of_the_code() -> None:
    assert f"in {len(USUAL)} configurations" in CACHING
    assert f"{len(VARIANTS)} broken variants" in CACHING
    assert f"{len(MUTATIONS)} mutations of the code" in CACHING


# --- Settings and counts --------------------------------------------------------------------------


def test_numbers_of_the_cache_are_those_of_the_settings() -> None:
    documented: dict[str, object] = {}
    for names, values in re.findall(r"^\| (`[A-Z_`, ]+`) \| ([^|]+) \|", CACHING, re.MULTILINE):
        numbers = [float(number) for number in re.findall(r"[\d.]+", values)]
        if names == "`TTL_SECONDS`":
            kinds = re.findall(r"[a-z]+", values)
            documented["TTL_SECONDS"] = dict(zip(kinds, numbers, strict=True))
        else:
            documented.update(zip(re.findall(r"[A-Z_]+", names), numbers, strict=True))
    assert documented == POLICY_DEFAULTS | settings.FEED


def test_operations_list_each_variable_that_is_read() -> None:
    sources = _sources(("feedsite",))
    calls = r"(?:text|flag|number|seconds|names|origins|hosts)\(\s*\"([A-Z_]+)\""
    read = set(re.findall(calls, sources))
    assert len(read) > 20
    assert {name for name in read if f"`{name}`" not in OPERATIONS} == set()


def test_every_variable_that_operations_list_is_read() -> None:
    section = OPERATIONS.partition("## Settings")[2].partition("### Redis")[0]
    rows = re.findall(r"^\| (`[A-Z_`, ]+`) \|", section, re.MULTILINE)
    listed = {name for row in rows for name in re.findall(r"[A-Z_]{2,}", row)}
    assert len(listed) > 30
    assert [name for name in listed if f'"{name}"' not in _sources(("feedsite",))] == []


def test_operations_list_each_limit_with_its_default() -> None:
    rows = re.findall(r"^\| `(LIMIT_[A-Z_]+)` \| ([^|]+) \|", OPERATIONS, re.MULTILINE)
    assert {name for name, _ in rows} == {f"LIMIT_{scope.upper()}" for scope in settings.LIMITS}
    for name, default in rows:
        if name not in os.environ:  # set by tests/servers.py
            scope = name.removeprefix("LIMIT_").lower()
            assert environment.rate(name, default=default) == settings.LIMITS[scope]


def test_every_count_that_operations_explain_exists(client: Client) -> None:
    section = OPERATIONS.partition("| count |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| ([a-z_`, ]+) \|", section, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)}
    assert {"hit_rate_percent", "lost_invalidations"} <= named
    assert named - set(client.get("/health/cache").json()["stats"]) == set()


# --- Versions -------------------------------------------------------------------------------------


def test_version_is_the_same_everywhere() -> None:
    """The newest dated version of the changelog is that of both packages and of the API."""
    headings = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\S+)$", CHANGELOG, re.MULTILINE)
    dates = [datetime.date.fromisoformat(date) for _, date in headings]
    assert dates == sorted(dates, reverse=True)
    library = tomllib.loads((ROOT / "freshcache/pyproject.toml").read_text())
    versions = {
        headings[0][0],
        PROJECT["project"]["version"],
        library["project"]["version"],
        settings.SPECTACULAR_SETTINGS["VERSION"],
    }
    assert len(versions) == 1, versions


def test_changelog_has_the_form_of_keep_a_changelog() -> None:
    assert re.findall(r"^## (.*)$", CHANGELOG, re.MULTILINE)[0] == "[Unreleased]"
    sections = set(re.findall(r"^### (.*)$", CHANGELOG, re.MULTILINE))
    usual = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert sections <= usual | {"Before you update"}


# --- Tests, security and CI -----------------------------------------------------------------------


def test_every_marker_is_described() -> None:
    described = set(
        re.findall(r"^\| `([a-z]+)` \|", TESTING.partition("## Markers")[2], re.MULTILINE)
    )
    markers = PROJECT["tool"]["pytest"]["markers"]
    assert {marker.partition(":")[0] for marker in markers} <= described


def test_workflow_runs_the_ci_script_with_pinned_actions() -> None:
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


def test_every_finding_of_the_audit_has_a_row() -> None:
    rows = re.findall(r"^\| (\d+) \| [^|]+ \| ([^|]+) \|$", SECURITY, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 29))
