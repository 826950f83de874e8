"""Programs in browsers on other sites: preflight requests, and answers that they may read."""

from typing import Any

import pytest
from django.test import Client

from feedsite.refusals import busy
from tests.factories import PostFactory
from tests.unit.feed.door import Door
from tests.unit.feed.reading import bearer, get

pytestmark = pytest.mark.django_db(transaction=True)

ORIGIN = "Access-Control-Allow-Origin"
OPEN = ["/api/feed/", "/api/posts/7/", "/api/nothing/", "/feed.atom", "/feed.json", "/api/feed"]


@pytest.mark.parametrize("path", OPEN)
def test_any_site_may_read_the_answer_and_its_headers(path: str) -> None:
    response = get(path, headers={"Origin": "https://example.net"})
    assert response[ORIGIN] == "*"
    assert {"ETag", "Link", "RateLimit", "Retry-After", "Location"} <= {
        *response["Access-Control-Expose-Headers"].split(", ")
    }
    assert "Access-Control-Allow-Credentials" not in response
    assert "Origin" not in response.headers.get("Vary", "")


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/health/live", "/admin/", "/x.json"])
def test_pages_are_for_this_site_alone(path: str) -> None:
    assert ORIGIN not in get(path, headers={"Origin": "https://example.net"})


@pytest.mark.parametrize("path", ["/api/posts/", "/api/posts", "/api/auth/token/", "/feed.atom"])
def test_preflight_is_answered_without_a_redirect(path: str) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Origin": "https://example.net"}
    response: Any = Client().options(path, headers=asked)
    assert (response.status_code, response.content, response[ORIGIN]) == (204, b"", "*")
    allowed = response["Access-Control-Allow-Headers"].split(", ")
    assert {"Authorization", "Content-Type", "Idempotency-Key", "If-Match"} <= {*allowed}
    assert "DELETE" in response["Access-Control-Allow-Methods"]
    assert ORIGIN not in Client().options("/", headers=asked)


def test_hit_of_the_front_door_and_its_304_are_readable() -> None:
    PostFactory.create()
    door = Door()
    first = [door.get("/api/feed/"), door.get("/api/feed/")][1]
    same = door.get("/api/feed/", If_None_Match=first.headers["ETag"])
    assert same.status == 304
    for answer in (first, same):
        assert answer.headers[ORIGIN] == "*"
        assert "ETag" in answer.headers["Access-Control-Expose-Headers"]


def test_refusal_before_django_is_readable() -> None:
    sent: list[Any] = []
    busy("/api/feed/", lambda _, headers: sent.append(dict(headers)))
    busy("/", lambda _, headers: sent.append(dict(headers)))
    assert [headers.get(ORIGIN) for headers in sent] == ["*", None]


def test_write_with_a_token_is_readable() -> None:
    post = PostFactory.create()
    path = f"/api/posts/{post.pk}/like/"
    answer = Door().django(path, method="PUT", **bearer(post.author))
    assert (answer.status, answer.headers[ORIGIN]) == (200, "*")


def test_missing_slash_is_a_redirect_that_keeps_method_and_body() -> None:
    response = Client().post("/api/posts", {"content": "x"}, content_type="application/json")
    assert (response.status_code, response["Location"]) == (308, "/api/posts/")
