"""The time limits of a write depend on each other, so none can be changed alone."""

import ast
import math
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from feedsite import caches, stalled
from feedsite.lane import WAIT_SECONDS
from feedsite.postgresql import base

ROOT = Path(__file__).parents[3]
OPERATIONS = (ROOT / "docs/operations.md").read_text()
PROXY = (ROOT / "deploy/nginx.conf").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())


def proxy_seconds() -> float:
    (seconds,) = re.findall(r"proxy_read_timeout (\d+)s;", PROXY)
    return float(seconds)


def grace_seconds() -> float:
    return float(COMPOSE["services"]["web"]["stop_grace_period"].removesuffix("s"))


def commit_seconds() -> float:
    """From the begin of the last COMMIT until its outcome is known."""
    return base.COMMIT_SECONDS + 2 * base.CANCEL_SECONDS


def redis_seconds(**pool: float) -> float:
    return caches.longest_wait_seconds({"OPTIONS": {"CONNECTION_POOL_KWARGS": pool}})


def test_time_limits_are_in_order() -> None:
    redis = caches.longest_wait_seconds(settings.CACHES["default"])
    in_order = [
        settings.QUERY_READ_SECONDS,
        settings.WRITE_SECONDS,
        settings.WRITE_SECONDS + commit_seconds() + redis,
        settings.STOP_SECONDS,
        grace_seconds(),
        proxy_seconds(),
        stalled.SILENT_SECONDS,
    ]
    assert in_order == sorted(in_order)


def test_longest_write_that_the_settings_accept_is_shorter_than_the_proxy_waits() -> None:
    write = maximum("WRITE_SECONDS")
    redis = redis_seconds(
        socket_timeout=maximum("REDIS_TIMEOUT"),
        socket_connect_timeout=maximum("REDIS_CONNECT_TIMEOUT"),
    )
    stop = math.ceil(write + 1.5 + redis)
    assert write + commit_seconds() + redis < stop < min(proxy_seconds(), grace_seconds())


def maximum(name: str) -> float:
    """Return the maximum that the settings accept."""
    source = "".join((ROOT / f"feedsite/{file}.py").read_text() for file in ("settings", "caches"))
    (call,) = re.findall(rf'seconds\(\s*"{name}",([^)]*)\)', source)
    return float(re.findall(r"maximum=([\d.]+)", call)[0])


def test_wait_of_a_read_for_its_place_and_its_queries_is_shorter_than_the_proxy_waits() -> None:
    read = WAIT_SECONDS + settings.WRITE_SECONDS
    assert read < proxy_seconds()


def test_workers_are_given_the_time_of_the_settings() -> None:
    tree = ast.parse((ROOT / "feedsite/server.py").read_text())
    (value,) = [
        ast.unparse(keyword.value)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for keyword in call.keywords
        if keyword.arg == "workers_kill_timeout"
    ]
    assert value == "settings.STOP_SECONDS"


def default_stop_seconds() -> float:
    """Return it without the test run's own REDIS_TIMEOUT."""
    return math.ceil(6.0 + 1.5 + redis_seconds(socket_timeout=0.05, socket_connect_timeout=2.0))


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("`QUERY_READ_SECONDS`", settings.QUERY_READ_SECONDS),
        ("`WRITE_SECONDS`", settings.WRITE_SECONDS),
        ("`STOP_SECONDS` in", default_stop_seconds()),
        ("`stop_grace_period`", grace_seconds()),
        ("`proxy_read_timeout`", proxy_seconds()),
        ("`SILENT_SECONDS`", stalled.SILENT_SECONDS),
    ],
)
def test_operations_give_each_time_limit(name: str, seconds: float) -> None:
    table = OPERATIONS.partition("#### Time limits")[2].partition("\nSQLite")[0]
    rows = [row for row in table.splitlines() if f"| {name}" in row]
    assert [row.split("|")[2].strip() for row in rows] == [f"{seconds:g}"]
