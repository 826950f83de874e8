"""The Dockerfile builds an image that serves without root, from a read-only file system."""

import os
import secrets
import shutil
import signal
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException

import pytest

from tests.deploy.image import Image, build
from tests.processes import end_process, free_port, start_process, temporary_directory, wait_until

pytestmark = [pytest.mark.image, pytest.mark.timeout(1200)]

# Runs in a new mount namespace: a read-only root with two writable directories.
READ_ONLY = """
set -e
mount --make-rprivate /
mount --bind "$ROOT" "$ROOT"
mount --bind "$MEDIA" "$ROOT/var/lib/feedsite/media"
mount -o remount,bind,ro "$ROOT"
mount -t tmpfs tmpfs "$ROOT/tmp"
mount -t proc proc "$ROOT/proc"
exec chroot "$ROOT" /usr/bin/setpriv --reuid="$USER" --regid="$USER" --clear-groups \\
  --no-new-privs --bounding-set=-all -- /usr/bin/env --chdir="$DIRECTORY" "$@"
"""


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """The image. If it can not be built, CI fails and other runs skip the test."""
    if os.geteuid() or not shutil.which("debootstrap"):
        assert not os.environ.get("CI"), "Building the image takes root and debootstrap."
        pytest.skip("Building the image takes root and debootstrap.")
    directory = temporary_directory("image")
    directory.chmod(0o755)
    yield build(directory)
    shutil.rmtree(directory)


@pytest.fixture
def confined(image: Image) -> list[str]:
    """The first words of a command that runs in the image as in its container."""
    media = temporary_directory("image-media")
    # A new volume gets the owner that the directory has in the image.
    owner = (image.path / "var/lib/feedsite/media").stat()
    os.chown(media, owner.st_uid, owner.st_gid)
    values = {"ROOT": image.path, "MEDIA": media, "USER": image.user, "DIRECTORY": image.directory}
    names = [f"{name}={value}" for name, value in {**image.env, **values}.items()]
    return ["env", "-i", *names, "unshare", "--mount", "sh", "-c", READ_ONLY, "sh"]


def settings(port: int) -> list[str]:
    key = secrets.token_urlsafe(50)
    database = "sqlite:////var/lib/feedsite/media/feed.sqlite3"
    return [f"SECRET_KEY={key}", f"PORT={port}", f"DATABASE_URL={database}"]


def status(port: int, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()


def run_confined(confined: list[str], *command: str) -> tuple[int, str]:
    log = temporary_directory("image-log") / "log"
    process = start_process([*confined, *command], log=log)
    code = process.wait(60)
    end_process(process, signal.SIGKILL)
    return code, log.read_text()


def test_image_serves_without_root_from_a_read_only_file_system(
    image: Image, confined: list[str]
) -> None:
    port = free_port()
    env = settings(port)
    code, output = run_confined(
        confined, *env, "python", "manage.py", "migrate", "--verbosity", "0"
    )
    assert code == 0, output
    log = temporary_directory("image-log") / "log"
    process = start_process([*confined, *env, *image.command], log=log)
    try:
        wait_until(lambda: process.poll() is not None or status(port, "/health/live") == 200, 60)
        assert process.poll() is None, log.read_text()
        paths = ("/health/ready", "/", "/api/feed/", "/accounts/login/")
        assert [status(port, path) for path in paths] == [200] * 4, log.read_text()
        assert run_confined(confined, *env, *image.health) == (0, "")
        assert run_confined(confined, *settings(free_port()), *image.health)[0] == 1
    finally:
        end_process(process, signal.SIGTERM)


def test_only_uploads_and_tmp_can_be_written_in_the_image(confined: list[str]) -> None:
    script = """
import os, pathlib
print(os.getuid(), os.getgid(), os.getgroups())
for place in ("/app", "/venv", "/etc", "/var/lib/feedsite", os.environ["MEDIA_ROOT"], "/tmp"):
    try:
        (pathlib.Path(place) / "x").touch()
        print(place)
    except OSError:
        pass
"""
    code, output = run_confined(confined, "python", "-c", script)
    assert code == 0, output
    assert output.split("\n") == ["10001 10001 []", "/var/lib/feedsite/media", "/tmp", ""]


def test_code_belongs_to_root_without_the_read_only_mount(image: Image) -> None:
    owned = image.run(["find", "/app", "/venv", "-user", "feedsite"])
    writable = image.run(["find", "/app", "/venv", "-perm", "/o+w", "-not", "-type", "l"])
    assert (owned, writable) == ("", "")


def test_static_files_are_collected_and_no_key_stays_in_the_image(image: Image) -> None:
    assert (image.path / "app/staticfiles/staticfiles.json").exists()
    assert image.run(["sh", "-c", "grep -rlE '^SECRET_KEY=.' /app || true"]) == ""
    assert not (image.path / "app/tests").exists()
