"""Look for what is known to be wrong: vulnerabilities of the locked versions, secrets in the tree.

    python deploy/audit.py            both; AUDIT_STRICT=1 fails where no index can be reached
    python deploy/audit.py sbom FILE  write what a deployment consists of, as CycloneDX

Exit codes: 0 nothing found, 1 something found, or with AUDIT_STRICT=1 not everything looked at.
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
SECONDS = 600
# What documentation and examples write where a password goes; and what stands beside the word
# without being one: a rate, a dotted name, a sentence.
PLACEHOLDERS = (
    r"^(PASSWORD|pw|p%40ss|\.\.\.|…|\d+/\w+|[A-Za-z_]+(\.[A-Za-z_]+)+|[A-Z][A-Za-z,' ]+\.)$"
)
# In tests these are made up. Keys of a form that is somebody's (a cloud's, a private key) are not.
MADE_UP_IN_TESTS = {"Secret Keyword", "Basic Auth Credentials"}


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def run(command: list[str]) -> str:
    """What a tool writes; nothing if it could not finish. Its exit code says too little."""
    done = subprocess.run(  # noqa: S603 - tools of this virtual environment
        command, check=False, capture_output=True, text=True, cwd=ROOT, timeout=SECONDS
    )
    return done.stdout


# --- Known vulnerabilities -------------------------------------------------------------------


def vulnerabilities(told: str, *, strict: bool) -> bool:
    """Say what pip-audit (its JSON) knows of the locked versions; whether that is fine.

    It calls a package fine that its index does not have, which is what a mirror without an index
    of vulnerabilities says of every one. So what was not looked at is counted here.
    """
    try:
        packages: list[dict[str, Any]] = json.loads(told)["dependencies"]
    except ValueError:
        packages = []
    known = [package for package in packages if "skip_reason" not in package]
    for package in known:
        for found in package["vulns"]:
            mended = ", ".join(found["fix_versions"]) or "no release yet"
            say(f"{package['name']} {package['version']}: {found['id']}, mended by {mended}")
    if not known:
        say("No index of vulnerabilities can be reached from here: NOTHING was looked up.")
    elif len(known) < len(packages):
        skipped = ", ".join(package["name"] for package in packages if package not in known)
        say(f"The index of vulnerabilities does not know {skipped}.")
    else:
        say(f"Looked up all {len(known)} locked versions.")
    looked_at_all = bool(known) and len(known) == len(packages)
    return not any(package["vulns"] for package in known) and (looked_at_all or not strict)


def ask_pip_audit() -> str:
    command = [str(BIN / "pip-audit"), "--requirement", str(LOCKED), "--require-hashes"]
    command += ["--disable-pip", "--progress-spinner", "off", "--timeout", "5"]
    return run([*command, "--format", "json"])


# --- Secrets ---------------------------------------------------------------------------------


def secrets(told: str) -> bool:
    """Say which secrets detect-secrets (its JSON) sees in the tree; whether there are none."""
    found = [
        secret
        for file, in_file in json.loads(told)["results"].items()
        for secret in in_file
        if not (file.startswith("tests/") and secret["type"] in MADE_UP_IN_TESTS)
    ]
    for secret in found:
        say(f"{secret['filename']}:{secret['line_number']}: {secret['type']}")
    if not found:
        say("No secret in the tree.")
    return not found


def ask_detect_secrets() -> str:
    """Of the files that git knows, without asking anybody whether a key works."""
    command = [str(BIN / "detect-secrets"), "scan", "--no-verify"]
    return run([*command, "--exclude-secrets", PLACEHOLDERS])


# --- Bill of materials -----------------------------------------------------------------------


def locked(text: str) -> Iterator[tuple[str, str, list[str]]]:
    """Name, version and SHA-256 sums of each line of a locked file."""
    for part in re.split(r"\n(?=[a-z0-9])", text):
        if found := re.match(r"([a-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", part):
            yield found[1], found[2], re.findall(r"sha256:([0-9a-f]{64})", part)


def bill_of_materials() -> str:
    """What is installed in a deployment, as CycloneDX 1.5; nobody is asked for it."""
    components = [
        Component(
            name=name,
            version=version,
            type=ComponentType.LIBRARY,
            purl=PackageURL("pypi", name=name, version=version),
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=total) for total in sums],
        )
        for name, version, sums in locked(LOCKED.read_text())
    ]
    return JsonV1Dot5(Bom(components=components)).output_as_string(indent=1)


def main(arguments: list[str]) -> int:
    match arguments:
        case ["sbom", file]:
            Path(file).write_text(bill_of_materials())
            return 0
        case []:
            strict = os.environ.get("AUDIT_STRICT") == "1"
            safe = vulnerabilities(ask_pip_audit(), strict=strict)
            return 0 if secrets(ask_detect_secrets()) and safe else 1
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
