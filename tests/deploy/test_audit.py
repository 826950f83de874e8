"""The audit counts what was not looked at, and sees a secret where there is one."""

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
LOCKED = (ROOT / "requirements.txt").read_text()


@pytest.fixture(scope="module")
def audit() -> Any:
    spec = importlib.util.spec_from_file_location("audit", ROOT / "deploy/audit.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def told(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


def package(name: str, *vulnerabilities: str) -> dict[str, Any]:
    found = [{"id": one, "fix_versions": ["2.0"], "aliases": []} for one in vulnerabilities]
    return {"name": name, "version": "1.0", "vulns": found}


def skipped(name: str) -> dict[str, Any]:
    return {"name": name, "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize("strict", [False, True])
def test_a_known_vulnerability_fails_and_is_named(
    audit: Any, capsys: pytest.CaptureFixture[str], strict: bool
) -> None:
    answer = told(package("django", "CVE-1"), package("redis"), skipped("other"))
    assert not audit.vulnerabilities(answer, strict=strict)
    assert "django 1.0: CVE-1, mended by 2.0" in capsys.readouterr().out


@pytest.mark.parametrize("answer", ["", "Traceback", told(), told(skipped("a"), skipped("b"))])
def test_where_no_index_answers_it_says_so_and_only_a_strict_run_fails(
    audit: Any, capsys: pytest.CaptureFixture[str], answer: str
) -> None:
    assert audit.vulnerabilities(answer, strict=False)
    assert "NOTHING was looked up" in capsys.readouterr().out
    assert not audit.vulnerabilities(answer, strict=True)


def test_a_package_that_the_index_does_not_know_is_named(
    audit: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = told(package("django"), skipped("ours"))
    assert audit.vulnerabilities(answer, strict=False)
    assert "does not know ours" in capsys.readouterr().out
    assert not audit.vulnerabilities(answer, strict=True)


def test_versions_without_a_known_vulnerability_pass(audit: Any) -> None:
    assert audit.vulnerabilities(told(package("django"), package("redis")), strict=True)


def scan(audit: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> bool:
    audit.run(["git", "init", "-q", str(tmp_path)])
    for name, text in files.items():
        path = tmp_path / name.replace("__", "/")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(audit, "ROOT", tmp_path)
    audit.run(["git", "add", "."])
    fine: bool = audit.secrets(audit.ask_detect_secrets())
    return fine


def test_a_secret_in_the_tree_is_seen_and_named(
    audit: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    key = f"-----BEGIN RSA PRIVATE {'KEY'}-----"
    assert not scan(audit, tmp_path, monkeypatch, feed__key=f"\n{key}\n", tests__key=f"{key}\n")
    assert set(capsys.readouterr().out.splitlines()) == {
        "feed/key:2: Private Key",
        "tests/key:1: Private Key",
    }


def test_a_password_in_an_address_is_seen_but_not_its_placeholder(
    audit: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "redis://me:{}@cache"
    made_up = url.format("hunter2")
    assert scan(
        audit, tmp_path, monkeypatch, feed__a=url.format("PASSWORD"), tests__a=f"{made_up}\n"
    )
    assert not scan(audit, tmp_path, monkeypatch, feed__b=f"{made_up}\n")


def test_the_bill_of_materials_has_each_locked_version(audit: Any) -> None:
    bill = json.loads(audit.bill_of_materials())
    assert bill["bomFormat"] == "CycloneDX"
    names = {(part["name"], part["version"]) for part in bill["components"]}
    lines = [line.split()[0] for line in LOCKED.splitlines() if "==" in line and line[0] != " "]
    assert {f"{name}=={version}" for name, version in names} == {
        re.sub(r"\[.*\]", "", line) for line in lines
    }
    django = next(part for part in bill["components"] if part["name"] == "django")
    assert django["purl"] == f"pkg:pypi/django@{django['version']}"
    assert all(part["hashes"] for part in bill["components"])
