"""Search for known vulnerabilities of the locked versions, and for secrets in the tree.

    python deploy/audit.py            both; AUDIT_STRICT=1 fails if no index can be reached
    python deploy/audit.py sbom FILE  write the packages of a deployment, as CycloneDX

Exit codes: 0 nothing found; 1 something found, or with AUDIT_STRICT=1 not all versions looked up.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot5
from packageurl import PackageURL

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
LOCKED = ROOT / "requirements.txt"
TIMEOUT_SECONDS = 600
# Values beside words such as "password" that are no secrets: placeholders in documentation and
# examples, a rate, a dotted name, a sentence.
PLACEHOLDERS = (
    r"^(PASSWORD|pw|p%40ss|\.\.\.|…|\d+/\w+|[A-Za-z_]+(\.[A-Za-z_]+)+|[A-Z][A-Za-z,' ]+\.)$"
)
# Ignored in tests, which use invented passwords. Private keys and cloud keys are not ignored.
IGNORED_IN_TESTS = {"Secret Keyword", "Basic Auth Credentials"}


def print_line(line: str) -> None:
    """Write a line to standard output."""
    sys.stdout.write(f"{line}\n")


def run(command: list[str]) -> str:
    """Return a tool's output. Its exit code is ignored: findings and errors share one."""
    done = subprocess.run(  # noqa: S603 -- tools of this virtual environment
        command, check=False, capture_output=True, text=True, cwd=ROOT, timeout=TIMEOUT_SECONDS
    )
    return done.stdout


# --- Known vulnerabilities -------------------------------------------------------------------


def vulnerabilities(report: str, *, strict: bool) -> bool:
    """Print the findings of pip-audit (its JSON); return whether the versions are safe.

    pip-audit reports no error for packages that its index does not have, and a mirror without an
    index of vulnerabilities has none. So this also prints the packages that were not looked up.
    """
    try:
        packages: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except ValueError:
        packages = []
    known = [package for package in packages if "skip_reason" not in package]
    for package in known:
        for found in package["vulns"]:
            fixed = ", ".join(found["fix_versions"]) or "no release yet"
            print_line(f"{package['name']} {package['version']}: {found['id']}, fixed by {fixed}")
    if not known:
        print_line("No index of vulnerabilities can be reached: NOTHING was looked up.")
    elif len(known) < len(packages):
        skipped = ", ".join(package["name"] for package in packages if package not in known)
        print_line(f"The index of vulnerabilities does not know {skipped}.")
    else:
        print_line(f"Looked up all {len(known)} locked versions.")
    complete = bool(known) and len(known) == len(packages)
    return not any(package["vulns"] for package in known) and (complete or not strict)


def run_pip_audit() -> str:
    """Return the report of pip-audit as JSON."""
    command = [str(BIN / "pip-audit"), "--requirement", str(LOCKED), "--require-hashes"]
    command += ["--disable-pip", "--progress-spinner", "off", "--timeout", "5"]
    return run([*command, "--format", "json"])


# --- Secrets ---------------------------------------------------------------------------------


def secrets(report: str) -> bool:
    """Print the findings of detect-secrets (its JSON); return whether there are none."""
    found = [
        secret
        for file, in_file in json.loads(report)["results"].items()
        for secret in in_file
        if not (file.startswith("tests/") and secret["type"] in IGNORED_IN_TESTS)
    ]
    for secret in found:
        print_line(f"{secret['filename']}:{secret['line_number']}: {secret['type']}")
    if not found:
        print_line("No secret in the tree.")
    return not found


def run_detect_secrets() -> str:
    """Return its report on the files in git, without network access to verify keys."""
    command = [str(BIN / "detect-secrets"), "scan", "--no-verify"]
    return run([*command, "--exclude-secrets", PLACEHOLDERS])


# --- Bill of materials -----------------------------------------------------------------------


def locked(text: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield name, version and SHA-256 hashes of each package in a locked file."""
    for part in re.split(r"\n(?=[a-z0-9])", text):
        if found := re.match(r"([a-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", part):
            yield found[1], found[2], re.findall(r"sha256:([0-9a-f]{64})", part)


def bill_of_materials() -> str:
    """Return the packages of a deployment as CycloneDX 1.5, without network access."""
    components = [
        Component(
            name=name,
            version=version,
            type=ComponentType.LIBRARY,
            purl=PackageURL("pypi", name=name, version=version),
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in digests],
        )
        for name, version, digests in locked(LOCKED.read_text())
    ]
    return JsonV1Dot5(Bom(components=components)).output_as_string(indent=1)


def main(arguments: list[str]) -> int:
    match arguments:
        case ["sbom", file]:
            Path(file).write_text(bill_of_materials())
            return 0
        case []:
            strict = os.environ.get("AUDIT_STRICT") == "1"
            safe = vulnerabilities(run_pip_audit(), strict=strict)
            return 0 if secrets(run_detect_secrets()) and safe else 1
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
