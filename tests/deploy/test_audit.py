"""The audit reports packages that were not looked up, and finds secrets."""

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest

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


def report(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


def package(name: str, *vulnerabilities: str) -> dict[str, Any]:
    found = [{"id": id_, "fix_versions": ["2.0"], "aliases": []} for id_ in vulnerabilities]
    return {"name": name, "version": "1.0", "vulns": found}


def skipped(name: str) -> dict[str, Any]:
    return {"name": name, "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize("strict", [False, True])
def test_known_vulnerability_fails_and_is_printed(
    audit: Any, capsys: pytest.CaptureFixture[str], strict: bool
) -> None:
    answer = report(package("django", "CVE-1"), package("redis"), skipped("other"))
    assert not audit.vulnerabilities(answer, strict=strict)
    assert "django 1.0: CVE-1, fixed by 2.0" in capsys.readouterr().out


@pytest.mark.parametrize("answer", ["", "Traceback", report(), report(skipped("a"), skipped("b"))])
def test_unreachable_index_is_printed_and_fails_only_in_strict_mode(
    audit: Any, capsys: pytest.CaptureFixture[str], answer: str
) -> None:
    assert audit.vulnerabilities(answer, strict=False)
    assert "NOTHING was looked up" in capsys.readouterr().out
    assert not audit.vulnerabilities(answer, strict=True)


def test_package_unknown_to_the_index_is_printed(
    audit: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = report(package("django"), skipped("ours"))
    assert audit.vulnerabilities(answer, strict=False)
    assert "does not know ours" in capsys.readouterr().out
    assert not audit.vulnerabilities(answer, strict=True)


def test_versions_without_known_vulnerability_pass(audit: Any) -> None:
    assert audit.vulnerabilities(report(package("django"), package("redis")), strict=True)


def scan(audit: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> bool:
    audit.run(["git", "init", "-q", str(tmp_path)])
    for name, text in files.items():
        path = tmp_path / name.replace("__", "/")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(audit, "ROOT", tmp_path)
    audit.run(["git", "add", "."])
    no_secrets: bool = audit.secrets(audit.run_detect_secrets())
    return no_secrets


def test_secret_in_the_tree_is_found_and_printed(
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


def test_password_in_a_url_is_found_but_its_placeholder_is_not(
    audit: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "redis://me:{}@cache"
    with_password = url.format("hunter2")
    assert scan(
        audit, tmp_path, monkeypatch, feed__a=url.format("PASSWORD"), tests__a=f"{with_password}\n"
    )
    assert not scan(audit, tmp_path, monkeypatch, feed__b=f"{with_password}\n")


def test_bill_of_materials_has_each_locked_version(audit: Any) -> None:
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
