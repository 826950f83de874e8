"""Rules for Dockerfile, compose.yaml and .env.example, checked by reading the files."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.servers import SETTINGS_NAMES

ROOT = Path(__file__).parents[3]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
EXAMPLE = dict(
    line.split("=", 1)
    for line in (ROOT / ".env.example").read_text().splitlines()
    if line and not line.startswith("#")
)


def instructions(name: str) -> list[str]:
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^{name} (.*)$", joined, flags=re.MULTILINE)


def test_image_runs_as_an_unprivileged_user() -> None:
    last_stage = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
    assert re.search(r"^USER feedsite$", last_stage, flags=re.MULTILINE)
    assert last_stage.index("\nUSER ") < last_stage.index("\nCMD ")


def test_image_has_a_health_check() -> None:
    (check,) = instructions("HEALTHCHECK")
    assert "/health/live" in check


def test_image_installs_only_locked_packages() -> None:
    assert "pip install --no-deps --require-hashes -r requirements.txt" in DOCKERFILE
    assert "requirements-dev" not in DOCKERFILE


def test_image_compiles_all_its_packages() -> None:
    copied = re.findall(r"^!(\w+)/$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    packages = {name for name in copied if (ROOT / name / "__init__.py").exists()}
    (command,) = [line for line in instructions("RUN") if "compileall" in line]
    assert packages
    assert packages <= set(command.split())


def test_image_contains_no_secret() -> None:
    assert not [line for line in instructions("ENV") + instructions("ARG") if "SECRET" in line]


def test_each_base_image_has_an_exact_version() -> None:
    (python,) = [line.partition("=")[2] for line in instructions("ARG")]
    assert [line.split()[0] for line in instructions("FROM")] == ["${PYTHON_IMAGE}"] * 2
    ours = {name: EXAMPLE[name] for name in EXAMPLE if name.endswith("_IMAGE")}
    text = (ROOT / "compose.yaml").read_text()
    used = dict(re.findall(r"\$\{([A-Z]+_IMAGE):-([^}]+)\}", text))
    assert used == ours
    assert used["PYTHON_IMAGE"] == python
    assert set(re.findall(r"^    image: (.*)$", text, re.MULTILINE)) == {
        f"${{{name}:-{image}}}" for name, image in used.items() if name != "PYTHON_IMAGE"
    }
    # The full version, and the system it is built on.
    assert not [image for image in used.values() if not re.search(r":\d+\.\d+[\d.]*-\w", image)]


@pytest.mark.parametrize("service", ["web", "migrate"])
def test_compose_sets_only_variables_that_settings_read(service: str) -> None:
    assert set(COMPOSE["services"][service]["environment"]) <= set(SETTINGS_NAMES.split())


@pytest.mark.parametrize("name", ["SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"])
def test_secrets_have_no_default(name: str) -> None:
    assert EXAMPLE[name] == ""
    uses = re.findall(rf"\$\{{{name}(:[^}}]*)?\}}", (ROOT / "compose.yaml").read_text())
    assert uses
    assert all(use.startswith(":?") for use in uses)


def test_example_names_each_variable_of_compose() -> None:
    named = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text()))
    assert named == set(EXAMPLE)


def test_site_starts_after_migrations_and_they_after_the_database() -> None:
    services = COMPOSE["services"]
    after = services["web"]["depends_on"]["migrate"]["condition"]
    assert after == "service_completed_successfully"
    assert services["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"


def test_full_redis_evicts_pages() -> None:
    command = COMPOSE["services"]["redis"]["command"]
    assert command[command.index("--maxmemory-policy") + 1] == "volatile-lfu"
    assert "--maxmemory" in command


def test_database_and_redis_publish_no_ports() -> None:
    for name in ("postgres", "redis"):
        assert "ports" not in COMPOSE["services"][name]
