"""What a cached answer says of itself, for each thing that can have happened to it."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from feed.cache import feed_cache
from freshcache.front_door.headers import describe, has_credentials
from freshcache.memory import Page
from freshcache.policy import Outcome
from freshcache.served import Served

PAGE = Page(generation=1, counts=0, snapshot_at=0.0, body=b"{}")


def described(*, personal: bool = False, **outcome: Any) -> HttpResponse:
    response = HttpResponse()
    served = Served(cache=feed_cache(), page=PAGE, **outcome)
    describe(RequestFactory().get("/"), response, served, personal=personal)
    return response


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
            id="miss outrun by a change",
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
def test_cache_status_tells_what_happened(served: dict[str, Any], status: str) -> None:
    assert described(**served)["Cache-Status"] == status


@pytest.mark.parametrize("outcome", [Outcome.HIT, Outcome.STALE_HIT, Outcome.LAST_GOOD])
def test_a_page_from_before_tells_its_age_in_whole_seconds(outcome: Outcome) -> None:
    assert described(outcome=outcome, age_seconds=7.9)["Age"] == "7"


@pytest.mark.parametrize("outcome", [Outcome.MISS, Outcome.BYPASS])
def test_a_page_loaded_just_now_has_no_age(outcome: Outcome) -> None:
    assert "Age" not in described(outcome=outcome)


def test_by_default_an_edge_asks_each_time_and_may_help_out_in_an_error() -> None:
    answer = described(outcome=Outcome.HIT)
    assert answer["Cache-Control"] == "public, max-age=0, s-maxage=0, stale-if-error=60"


def test_what_edges_may_do_is_set_by_the_settings(settings: Settings) -> None:
    settings.EDGE_S_MAXAGE_SECONDS = 3
    settings.EDGE_STALE_WHILE_REVALIDATE_SECONDS = 10
    settings.EDGE_STALE_IF_ERROR_SECONDS = 0
    assert described(outcome=Outcome.HIT)["Cache-Control"] == (
        "public, max-age=0, s-maxage=3, stale-while-revalidate=10"
    )


def test_somebodys_own_page_is_never_for_shared_caches(settings: Settings) -> None:
    settings.EDGE_S_MAXAGE_SECONDS = 3
    for outcome in Outcome:
        assert described(outcome=outcome, personal=True)["Cache-Control"] == "private, no-cache"


def test_an_old_page_shown_in_an_outage_is_never_for_shared_caches() -> None:
    assert described(outcome=Outcome.LAST_GOOD)["Cache-Control"] == "private, no-cache"


def test_answers_vary_by_what_may_make_them_somebodys_own() -> None:
    assert described(outcome=Outcome.HIT)["Vary"] == "Authorization, Cookie"


def test_a_session_or_a_token_right_or_wrong_is_a_credential(settings: Settings) -> None:
    request = RequestFactory().get("/")
    assert not has_credentials(request)
    request.COOKIES["another"] = "cookie"
    assert not has_credentials(request)
    request.COOKIES[settings.SESSION_COOKIE_NAME] = "wrong"
    assert has_credentials(request)
    assert has_credentials(RequestFactory().get("/", headers={"Authorization": "Bearer wrong"}))
