"""Limits of the containers, for an attacker inside one of them."""

import re
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.exceptions import AuthenticationError

from tests.processes import end_process, free_port, start_process, temporary_directory, wait_until
from tests.servers import redis_binary
from tests.unit.feedsite.test_deployment import COMPOSE

SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
every_service = pytest.mark.parametrize("name", SERVICES)


@every_service
def test_container_file_systems_are_read_only(name: str) -> None:
    assert SERVICES[name]["read_only"] is True
    assert any(place.startswith("/tmp") for place in SERVICES[name]["tmpfs"])


@every_service
def test_containers_drop_capabilities_and_cannot_gain_privileges(name: str) -> None:
    service = SERVICES[name]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cap_drop"] == ["ALL"]
    # PostgreSQL starts as root and changes to its own user.
    needed = {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}
    assert set(service.get("cap_add", [])) == (needed if name == "postgres" else set())
    assert "privileged" not in service


@every_service
def test_container_memory_and_processes_are_limited(name: str) -> None:
    assert re.fullmatch(r"\d+[mg]", SERVICES[name]["mem_limit"])
    assert SERVICES[name]["pids_limit"] <= 1_000


@every_service
def test_only_the_site_has_access_to_the_outside_network(name: str) -> None:
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert SERVICES[name]["networks"] == (["outside", "inside"] if name == "web" else ["inside"])


@every_service
def test_passwords_are_not_in_process_arguments(name: str) -> None:
    service = SERVICES[name]
    arguments = [*service.get("command", []), *service.get("healthcheck", {}).get("test", [])]
    # Compose replaces $NAME, and the arguments show the value. $$NAME is left to the shell inside.
    assert not [part for part in arguments if re.search(r"(?<!\$)\$(?!\$)", part)]


def test_site_port_is_published_on_loopback_only() -> None:
    assert [port.partition(":")[0] for port in SERVICES["web"]["ports"]] == ["127.0.0.1"]


@pytest.mark.redis
def test_redis_requires_its_password_which_is_not_in_the_arguments(tmp_path: Path) -> None:
    (tmp_path / "redis-server").symlink_to(redis_binary())
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
        assert arguments.startswith(b"redis-server")  # the shell was replaced by exec
        assert password.encode() not in arguments
        url = f"redis://127.0.0.1:{port}/0"
        with redis.Redis.from_url(url, protocol=2) as anonymous, pytest.raises(AuthenticationError):
            anonymous.ping()
        with redis.Redis.from_url(url, password=password, protocol=2) as site:
            assert site.config_get("maxmemory")["maxmemory"] == str(256 * 1024**2)
    finally:
        end_process(process, signal.SIGKILL)
