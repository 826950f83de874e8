"""The headers of a cached response, for each outcome."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from feed.cache import feed_cache
from freshcache.front_door.cached_response import cached_response
from freshcache.front_door.headers import has_credentials
from freshcache.memory import Page
from freshcache.policy import Outcome
from freshcache.served import Served

PAGE = Page(generation=1, counts_version=0, snapshot_at=0.0, body=b"{}")


def described(*, personal: bool = False, **outcome: Any) -> HttpResponse:
    served = Served(cache=feed_cache(), page=PAGE, **outcome)
    return cached_response(RequestFactory().get("/"), PAGE.body, served, personal=personal)


@pytest.mark.parametrize(
    ("served", "status"),
    [
        pytest.param(
            {"outcome": Outcome.HIT, "ttl_seconds": 27.9, "shared": True},
            "feed; hit; ttl=27; generation=1",
            id="hit",
        ),
        pytest.param(
            {"outcome": Outcome.STALE_HIT, "ttl_seconds": 3.2, "shared": True},
            'feed; hit; ttl=3; generation=1; detail="being renewed"',
            id="stale hit",
        ),
        pytest.param(
            {"outcome": Outcome.MISS, "ttl_seconds": 30.0, "shared": True, "stored": True},
            "feed; fwd=miss; stored; ttl=30; generation=1",
            id="miss",
        ),
        pytest.param(
            {"outcome": Outcome.MISS, "ttl_seconds": 30.0, "shared": True},
            "feed; fwd=miss; ttl=30; generation=1",
            id="superseded miss",
        ),
        pytest.param(
            {"outcome": Outcome.HIT, "ttl_seconds": 1.5},
            'feed; hit; ttl=1; generation=1; detail="memory"',
            id="hit without Redis",
        ),
        pytest.param(
            {"outcome": Outcome.BYPASS, "reason": "transaction"},
            'feed; fwd=bypass; detail="transaction"',
            id="bypass",
        ),
        pytest.param(
            {"outcome": Outcome.LAST_GOOD, "ttl_seconds": -12.7, "shared": True},
            'feed; hit; ttl=-12; generation=1; detail="database down"',
            id="database down",
        ),
    ],
)
def test_cache_status_names_the_outcome(served: dict[str, Any], status: str) -> None:
    assert described(**served)["Cache-Status"] == status


@pytest.mark.parametrize("outcome", [Outcome.HIT, Outcome.STALE_HIT, Outcome.LAST_GOOD])
def test_cached_page_has_an_age_in_whole_seconds(outcome: Outcome) -> None:
    assert described(outcome=outcome, age_seconds=7.9)["Age"] == "7"


@pytest.mark.parametrize("outcome", [Outcome.MISS, Outcome.BYPASS])
def test_loaded_page_has_no_age(outcome: Outcome) -> None:
    assert "Age" not in described(outcome=outcome)


def test_edges_ask_each_time_by_default_and_may_serve_stale_on_error() -> None:
    answer = described(outcome=Outcome.HIT)
    assert answer["Cache-Control"] == "public, max-age=0, s-maxage=0, stale-if-error=60"


def test_cache_control_follows_the_settings(settings: Settings) -> None:
    settings.EDGE_S_MAXAGE_SECONDS = 3
    settings.EDGE_STALE_WHILE_REVALIDATE_SECONDS = 10
    settings.EDGE_STALE_IF_ERROR_SECONDS = 0
    assert described(outcome=Outcome.HIT)["Cache-Control"] == (
        "public, max-age=0, s-maxage=3, stale-while-revalidate=10"
    )


def test_personal_page_is_private(settings: Settings) -> None:
    settings.EDGE_S_MAXAGE_SECONDS = 3
    for outcome in Outcome:
        assert described(outcome=outcome, personal=True)["Cache-Control"] == "private, no-cache"


def test_last_good_page_is_private() -> None:
    assert described(outcome=Outcome.LAST_GOOD)["Cache-Control"] == "private, no-cache"


def test_responses_vary_by_credentials() -> None:
    assert described(outcome=Outcome.HIT)["Vary"] == "Authorization, Cookie"


def test_session_or_token_is_a_credential_valid_or_not(settings: Settings) -> None:
    request = RequestFactory().get("/")
    assert not has_credentials(request)
    request.COOKIES["another"] = "cookie"
    assert not has_credentials(request)
    request.COOKIES[settings.SESSION_COOKIE_NAME] = "wrong"
    assert has_credentials(request)
    assert has_credentials(RequestFactory().get("/", headers={"Authorization": "Bearer wrong"}))
