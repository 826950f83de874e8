"""What an attacker who has got into one container finds there: little, and no way on."""

import re
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.exceptions import AuthenticationError

from tests.processes import end_process, free_port, start_process, temporary_directory, wait_until
from tests.servers import _redis_binary
from tests.unit.feedsite.test_deployment import COMPOSE

SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
every_service = pytest.mark.parametrize("name", SERVICES)


@every_service
def test_nothing_is_left_behind_in_a_container(name: str) -> None:
    assert SERVICES[name]["read_only"] is True
    assert any(place.startswith("/tmp") for place in SERVICES[name]["tmpfs"])


@every_service
def test_no_process_becomes_root_or_keeps_its_powers(name: str) -> None:
    service = SERVICES[name]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cap_drop"] == ["ALL"]
    # PostgreSQL's begins as root, to become its own user.
    needed = {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}
    assert set(service.get("cap_add", [])) == (needed if name == "postgres" else set())
    assert "privileged" not in service


@every_service
def test_one_container_takes_neither_the_memory_nor_the_processes_of_the_others(name: str) -> None:
    assert re.fullmatch(r"\d+[mg]", SERVICES[name]["mem_limit"])
    assert SERVICES[name]["pids_limit"] <= 1_000


@every_service
def test_what_holds_the_data_reaches_nobody_outside(name: str) -> None:
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert SERVICES[name]["networks"] == (["outside", "inside"] if name == "web" else ["inside"])


@every_service
def test_no_password_is_in_the_arguments_of_a_process(name: str) -> None:
    service = SERVICES[name]
    asked = [*service.get("command", []), *service.get("healthcheck", {}).get("test", [])]
    # With one dollar it is Compose that puts the value in; with two, the container's shell.
    assert not [part for part in asked if re.search(r"(?<!\$)\$(?!\$)", part)]


def test_the_site_is_reached_by_this_machine_alone() -> None:
    assert [port.partition(":")[0] for port in SERVICES["web"]["ports"]] == ["127.0.0.1"]


@pytest.mark.redis
def test_redis_starts_so_and_wants_the_password_that_no_argument_holds(tmp_path: Path) -> None:
    (tmp_path / "redis-server").symlink_to(_redis_binary())
    port, password = free_port(), "not-in-the-arguments"
    shell = shutil.which("sh") or "sh"
    command = [part.replace("$$", "$") for part in SERVICES["redis"]["command"]]
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin", "REDISCLI_AUTH": password}
    log = temporary_directory("redis-composed") / "redis.log"
    process = start_process([shell, *command[1:], "--port", str(port)], log=log, env=env)
    try:
        wait_until(lambda: process.poll() is not None or "Ready to accept" in log.read_text())
        assert process.poll() is None, log.read_text()
        arguments = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        assert arguments.startswith(b"redis-server")  # the shell is gone
        assert password.encode() not in arguments
        url = f"redis://127.0.0.1:{port}/0"
        with redis.Redis.from_url(url, protocol=2) as nobody, pytest.raises(AuthenticationError):
            nobody.ping()
        with redis.Redis.from_url(url, password=password, protocol=2) as site:
            assert site.config_get("maxmemory")["maxmemory"] == str(256 * 1024**2)
    finally:
        end_process(process, signal.SIGKILL)
