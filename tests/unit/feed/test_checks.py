"""Wrong settings of the feed are told at start, by id and with a hint."""

from typing import Any

import pytest
from django.core import checks
from pytest_django import Settings

from feed.checks import KINDS, check_feed
from feedsite import caches
from freshcache.django.checks import check_settings

TTLS = dict.fromkeys(KINDS, 30.0)


@pytest.fixture(autouse=True)
def _one_worker(settings: Settings) -> None:
    """A place in which nothing is wrong; each test then changes one thing."""
    settings.WEB_WORKERS = 1


def _ids() -> list[str | None]:
    messages = [*check_feed(), *check_settings()]
    assert all(message.msg and message.hint for message in messages)
    return [message.id for message in messages]


def test_nothing_is_wrong_with_the_settings_as_they_are() -> None:
    assert _ids() == []


def test_the_checks_are_among_those_that_django_runs_at_start(settings: Settings) -> None:
    checks.run_checks()  # imports all that reads the settings once
    settings.FEED = None
    assert "feed.E001" in [message.id for message in checks.run_checks()]


@pytest.mark.parametrize("table", [None, [], "FEED"])
def test_the_table_is_a_dict(settings: Settings, table: Any) -> None:
    settings.FEED = table
    assert _ids() == ["feed.E001"]


def test_a_missing_setting_is_named(settings: Settings) -> None:
    settings.FEED = {k: v for k, v in settings.FEED.items() if k != "TRUST_SECONDS"}
    assert _ids() == ["feed.E001"]
    assert "TRUST_SECONDS is missing" in check_feed()[0].msg


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
def test_a_number_that_can_not_be_right_is_refused(
    settings: Settings, name: str, value: Any
) -> None:
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
def test_numbers_that_contradict_each_other_are_refused(
    settings: Settings, name: str, value: float
) -> None:
    settings.FEED = {**settings.FEED, name: value}
    assert _ids() == ["feed.E004"]


@pytest.mark.parametrize(
    ("workers", "redis_url", "warned"),
    [(1, None, False), (2, None, True), (2, "redis://127.0.0.1", False)],
)
def test_several_workers_without_redis_are_warned_of(
    settings: Settings, workers: int, redis_url: str | None, warned: bool
) -> None:
    settings.WEB_WORKERS, settings.REDIS_URL = workers, redis_url
    assert _ids() == (["feed.W001"] if warned else [])


def test_atomic_requests_are_warned_of_for_no_page_would_be_filled(
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
def test_fewer_connections_than_threads_are_warned_of(
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
