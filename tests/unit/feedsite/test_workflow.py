"""Security rules for the GitHub workflows. tests/unit/test_docs.py checks pins and permissions."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

WORKFLOWS = sorted((Path(__file__).parents[3] / ".github/workflows").glob("*.y*ml"))
JOB_KEYS = {"runs-on", "timeout-minutes", "steps"}
STEP_KEYS = {"name", "uses", "with", "run", "env"}


@pytest.fixture(params=WORKFLOWS, ids=[path.name for path in WORKFLOWS])
def workflow(request: pytest.FixtureRequest) -> dict[Any, Any]:
    parsed: dict[Any, Any] = yaml.safe_load(request.param.read_text())
    return parsed


def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_jobs_and_steps_have_known_keys_only(workflow: dict[Any, Any]) -> None:
    """GitHub refuses a misspelt key. `permissions` of a job could extend those of the workflow."""
    assert {key for job in workflow["jobs"].values() for key in job} <= JOB_KEYS
    for step in steps(workflow):
        assert step.keys() <= STEP_KEYS
        assert ("uses" in step) != ("run" in step)


def test_workflow_runs_without_secrets_of_the_repository(workflow: dict[Any, Any]) -> None:
    """`pull_request_target` runs code of a fork with a token of the repository."""
    triggers = workflow[True]  # YAML 1.1 reads the key `on` as true
    assert set(triggers) <= {"push", "pull_request"}
    assert "secrets." not in str(workflow)


def test_checkout_does_not_store_the_token(workflow: dict[Any, Any]) -> None:
    checkouts = [step for step in steps(workflow) if "actions/checkout@" in step.get("uses", "")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_scripts_contain_no_expression(workflow: dict[Any, Any]) -> None:
    """GitHub inserts an expression as text, so a branch name could run as a command."""
    assert not [step for step in steps(workflow) if re.search(r"\$\{\{", step.get("run", ""))]
