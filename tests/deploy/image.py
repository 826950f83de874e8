"""Build the container image without Docker: run the steps of the Dockerfile in a Debian root.

Only the instructions that our Dockerfile uses are supported. Any other fails.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
WHEELS = Path("wheels")  # pip reads them here, below each root
STEP_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Instruction:
    name: str
    value: str


@dataclass(slots=True)
class Stage:
    """A FROM instruction with the instructions after it."""

    name: str
    base: str
    instructions: list[Instruction] = field(default_factory=list)


@dataclass(slots=True)
class Image:
    """A root directory, and how processes run in it."""

    path: Path
    env: dict[str, str]
    directory: str = "/"
    user: str = "root"
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)

    def run(self, command: list[str], **env: str) -> str:
        """Run a command in this root as this user, and return its output.

        Raises:
            AssertionError: it failed; with its output.
        """
        # `chroot` can not change the directory, so a shell does.
        inside = ["/bin/sh", "-c", f'cd {self.directory} && exec "$@"', "sh", *command]
        return execute(
            ["chroot", f"--userspec={self.user}", str(self.path), *inside], **self.env, **env
        )


def execute(command: list[str], **env: str) -> str:
    """Run a command with `env` as its whole environment, and return its output.

    Raises:
        AssertionError: it failed; with its output.
    """
    done = subprocess.run(
        command,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=STEP_SECONDS,
        env=env,
    )
    assert done.returncode == 0, f"{shlex.join(command)}\n{done.stdout}"
    return done.stdout


def stages(dockerfile: str) -> list[Stage]:
    """Parse the Dockerfile into stages. ARG before the first FROM sets names of base images."""
    lines = [line for line in dockerfile.splitlines() if not line.lstrip().startswith("#")]
    text = "\n".join(lines).replace("\\\n", " ")
    found: list[Stage] = []
    arguments: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, _, value = line.partition(" ")
        if name == "FROM":
            base, _, stage_name = value.partition(" AS ")
            found.append(Stage(stage_name, _expanded(base, arguments)))
        elif found:
            found[-1].instructions.append(Instruction(name, value.strip()))
        else:
            assert name == "ARG", line
            argument, _, default = value.partition("=")
            arguments[argument] = default
    return found


def debian(path: Path) -> Path:
    """Make a minimal root with Python, like the base of the official image.

    Its packages come from the mirror that this machine uses.
    """
    mirror = execute(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Codename: bookworm"], **os.environ
    ).split()
    command = ["debootstrap", "--variant=minbase", "--include=python3,python3-venv", "bookworm"]
    execute([*command, str(path), *mirror[:1]], **os.environ)
    (path / "usr/bin/python").symlink_to("python3")
    return path


def locked_wheels(path: Path) -> None:
    """Download the wheels that requirements.txt locks, from the registry of this machine.

    Markers are ignored, because the Python here may have another version than the root's.
    """
    path.mkdir()
    everything = path / "requirements.txt"
    text = (ROOT / "requirements.txt").read_text()
    everything.write_text(re.sub(r" ; [^\\\n]*", " ", text))
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    pip += ["--python-version=3.11", "--only-binary=:all:"]
    execute([*pip, "-r", str(everything), "-d", str(path)], **os.environ)


def build(directory: Path) -> Image:
    """Run all stages, and return the image of the last one.

    Raises:
        AssertionError: a step failed, or its instruction is not supported.
    """
    base = debian(directory / "base")
    locked_wheels(base / WHEELS)
    built: dict[str, Path] = {}
    image = Image(base, {})
    for stage in stages((ROOT / "Dockerfile").read_text()):
        path = directory / f"stage-{len(built)}"
        execute(["cp", "--archive", str(base), str(path)], **os.environ)
        built[stage.name] = path
        image = Image(path, {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"})
        for instruction in stage.instructions:
            _follow(image, instruction, built)
    shutil.rmtree(image.path / WHEELS)
    return image


def _follow(image: Image, instruction: Instruction, built: dict[str, Path]) -> None:
    value = instruction.value
    match instruction.name:
        case "ENV":
            pairs = (part.split("=", 1) for part in shlex.split(value))
            image.env |= {name: _expanded(text, image.env) for name, text in pairs}
        case "WORKDIR":
            image.directory = value
            (image.path / value.lstrip("/")).mkdir(parents=True, exist_ok=True)
        case "USER":
            image.user = value
        case "COPY":
            _copy(image, shlex.split(value), built)
        case "RUN":
            offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": f"/{WHEELS}"}
            image.run(["/bin/sh", "-c", value], **offline)
        case "CMD":
            image.command = json.loads(value)
        case "HEALTHCHECK":
            image.health = json.loads(value.partition(" CMD ")[2])
        case "EXPOSE":
            pass
        case _:
            raise AssertionError(f"This instruction is not supported: {instruction}")


def _copy(image: Image, words: list[str], built: dict[str, Path]) -> None:
    stage = next((word.partition("=")[2] for word in words if word.startswith("--from=")), None)
    source, target = (word for word in words if not word.startswith("--"))
    to = image.path / (Path(image.directory) / target).relative_to("/")
    if stage is not None:  # the content of the directory, not the directory
        to.mkdir(exist_ok=True)
        inside = f"{built[stage]}{source}/."
        execute(["cp", "--archive", inside, str(to)], **os.environ)
    elif source == ".":
        for name in sent_to_the_builder():
            execute(["cp", "--recursive", str(ROOT / name), str(to)], **os.environ)
        for made in to.rglob("__pycache__"):
            shutil.rmtree(made)
    else:
        assert source in sent_to_the_builder()
        shutil.copy(ROOT / source, to)


def sent_to_the_builder() -> list[str]:
    """Return the names that .dockerignore lets through. It excludes all but these."""
    first, *rest = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert first == "*"
    assert {line for line in rest if not line.startswith("!")} == {"**/__pycache__"}
    return [line[1:].rstrip("/") for line in rest if line.startswith("!")]


def _expanded(text: str, values: dict[str, str]) -> str:
    return re.sub(r"\$\{?(\w+)\}?", lambda found: values[found[1]], text)
