"""Wrong settings of the feed are reported at start, by id and with a hint."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.core import checks
from pytest_django import Settings

from feed.cache import FEED_ONLY, feed_policy
from feed.checks import KINDS, check_feed
from feedsite import caches
from freshcache.django.checks import check_settings
from freshcache.policy import Policy

TTLS = dict.fromkeys(KINDS, 30.0)


@pytest.fixture(autouse=True)
def _one_worker(settings: Settings) -> None:
    """A place in which nothing is wrong; each test then changes one thing."""
    settings.WEB_WORKERS = 1


def _ids() -> list[str | None]:
    messages = [*check_feed(), *check_settings()]
    assert all(message.msg and message.hint for message in messages)
    return [message.id for message in messages]


def test_present_settings_pass_the_checks() -> None:
    assert _ids() == []


def test_checks_are_registered_with_django(settings: Settings) -> None:
    settings.FEED = None
    assert "feed.E001" in [message.id for message in checks.run_checks()]


@pytest.mark.parametrize("table", [None, [], "FEED"])
def test_the_table_is_a_dict(settings: Settings, table: Any) -> None:
    settings.FEED = table
    assert _ids() == ["feed.E001"]


@pytest.mark.parametrize("name", ["CARD_BYTES", "FRONT_DOOR_BYTES", "VIEWER_BYTES"])
def test_a_missing_setting_is_named(settings: Settings, name: str) -> None:
    settings.FEED = {k: v for k, v in settings.FEED.items() if k != name}
    assert _ids() == ["feed.E001"]
    assert f"{name} is missing" in check_feed()[0].msg


def test_a_field_of_the_policy_may_be_left_out_or_overridden(settings: Settings) -> None:
    settings.FEED = {k: v for k, v in settings.FEED.items() if k in FEED_ONLY}
    assert _ids() == []
    assert feed_policy().trust_seconds == Policy().trust_seconds
    settings.FEED = {**settings.FEED, "TRUST_SECONDS": 0.5}
    assert _ids() == []
    assert feed_policy().trust_seconds == 0.5
    settings.FEED = {**settings.FEED, "AWAY_TTL_SECONDS": 0.4}
    assert _ids() == ["feed.E004"], "compared with the value in effect, given or default"


@pytest.mark.parametrize("name", ["THREADS", "ALONE", "EDGE_SECONDS"])
def test_a_field_of_the_policy_that_another_setting_gives_is_refused(
    settings: Settings, name: str
) -> None:
    settings.FEED = {**settings.FEED, name: 1}
    assert _ids() == ["feed.E001"]


@pytest.mark.parametrize("table", ["None", "{}"])
def test_a_wrong_table_is_reported_by_the_check_and_does_not_fail_at_import(table: str) -> None:
    program = (
        "import django; from django.conf import settings; from django.core.management import"
        f" call_command; settings.FEED = {table}; django.setup(); call_command('check')"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "SystemCheckError" in ended.stderr
    assert "feed.E001" in ended.stderr


def test_a_misspelt_setting_is_named(settings: Settings) -> None:
    settings.FEED = {**settings.FEED, "TRUST_SECOND": 1.0}
    assert _ids() == ["feed.E001"]
    assert "TRUST_SECOND is not a setting" in check_feed()[0].msg


@pytest.mark.parametrize(
    "ttls", [30.0, {}, {"feed": 30.0}, {"feed": 30.0, "author": 300.0, "other": 1.0}]
)
def test_each_kind_of_page_has_a_ttl(settings: Settings, ttls: Any) -> None:
    settings.FEED = {**settings.FEED, "TTL_SECONDS": ttls}
    assert _ids() == ["feed.E002"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRUST_SECONDS", 0),
        ("TRUST_SECONDS", -1.0),
        ("TRUST_SECONDS", "1"),
        ("TRUST_SECONDS", None),
        ("TRUST_SECONDS", True),
        ("LEASE_SECONDS", 0.0001),
        ("WAIT_SECONDS", float("nan")),
        ("WAIT_SECONDS", float("inf")),
        ("MEMORY_BYTES", 0),
        ("MEMORY_BYTES", 1.5),
        ("LOADS_PER_PROCESS", -1),
        ("TTL_SECONDS", {**TTLS, "feed": 0.0}),
        ("TTL_SECONDS", {**TTLS, "author": "300"}),
    ],
)
def test_impossible_number_is_refused(settings: Settings, name: str, value: Any) -> None:
    settings.FEED = {**settings.FEED, name: value}
    assert _ids() == ["feed.E003"]
    assert name in check_feed()[0].msg


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GRACE_SECONDS", 30.0),
        ("COUNTS_REFRESH_SECONDS", 1.5),
        ("TRUST_SECONDS", 2.0),
    ],
)
def test_contradictory_numbers_are_refused(settings: Settings, name: str, value: float) -> None:
    settings.FEED = {**settings.FEED, name: value}
    assert _ids() == ["feed.E004"]


@pytest.mark.parametrize(
    ("workers", "redis_url", "warned"),
    [(1, None, False), (2, None, True), (2, "redis://127.0.0.1", False)],
)
def test_several_workers_without_redis_give_a_warning(
    settings: Settings, workers: int, redis_url: str | None, warned: bool
) -> None:
    settings.WEB_WORKERS, settings.REDIS_URL = workers, redis_url
    assert _ids() == (["feed.W001"] if warned else [])


def test_atomic_requests_give_a_warning(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "ATOMIC_REQUESTS", True)
    assert _ids() == ["freshcache.W001"]


@pytest.mark.parametrize(("connections", "warned"), [(1, True), (8, False)])
@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1",
        "redis+sentinel://127.0.0.1/main",
        "redis+cluster://127.0.0.1",
    ],
)
def test_fewer_connections_than_threads_give_a_warning(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    connections: int,
    warned: bool,
) -> None:
    monkeypatch.setenv("REDIS_POOL_SIZE", str(connections))
    settings.WEB_THREADS = 8
    settings.CACHES = {"default": caches.cache(url)}
    assert _ids() == (["feed.W003"] if warned else [])
