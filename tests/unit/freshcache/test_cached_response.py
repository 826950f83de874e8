"""The response of a cached view, and what the front door takes from it."""

from collections.abc import Callable, Iterable
from typing import cast
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.middleware.http import ConditionalGetMiddleware
from django.test import RequestFactory

from freshcache import CachedResponse, FreshCache, FrontDoor, Policy, cached_response
from freshcache.front_door.cached_response import BEHIND_FRONT_DOOR
from freshcache.front_door.door import Environ, StartResponse

View = Callable[[HttpRequest], HttpResponse]


@pytest.fixture
def cache() -> FreshCache:
    return FreshCache("articles", policy=Policy(single_process=True), store=None)


def answer(
    cache: FreshCache,
    request: HttpRequest | None = None,
    *,
    personal: bool = False,
    same_for_all: bool = False,
) -> HttpResponse:
    served = cache.read("newest", lambda: b"body", ttl_seconds=30)
    request = request or RequestFactory().get("/")
    return cached_response(
        request, served.body, served, personal=personal, same_for_all=same_for_all
    )


def conditional(view: View) -> View:
    """The view behind Django's middleware that answers If-None-Match."""
    return cast("View", ConditionalGetMiddleware(view))


class Site:
    """A front door over one view; `calls` counts the requests that the view answered."""

    def __init__(self, view: View) -> None:
        self.calls = 0
        self._view = view
        self._door = FrontDoor(self._django)

    def get(self, if_none_match: str | None = None) -> str:
        """Return the status."""
        environ: Environ = {}
        setup_testing_defaults(environ)
        if if_none_match:
            environ["HTTP_IF_NONE_MATCH"] = if_none_match
        statuses: list[str] = []
        self._door(environ, lambda status, _: statuses.append(status))
        return statuses[-1]

    def _django(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self.calls += 1
        response = conditional(self._view)(WSGIRequest(environ))
        start_response(f"{response.status_code} OK", list(response.items()))
        return response


@pytest.mark.parametrize(
    ("personal", "same_for_all", "stored"),
    [(False, False, True), (False, True, True), (True, True, True), (True, False, False)],
)
def test_only_a_response_without_private_content_may_be_stored(
    cache: FreshCache, personal: bool, same_for_all: bool, stored: bool
) -> None:
    response = answer(cache, personal=personal, same_for_all=same_for_all)
    assert isinstance(response, CachedResponse) is stored
    if isinstance(response, CachedResponse):
        assert response.served.body == b"body"
        assert response.same_for_all is same_for_all


def test_the_etag_is_a_digest_of_the_body_unless_given(cache: FreshCache) -> None:
    served = cache.read("newest", lambda: b"body", ttl_seconds=30)
    request = RequestFactory().get("/")
    bodies = [b"a", b"a", b"b"]
    first, same, other = (
        cached_response(request, body, served, personal=False)["ETag"] for body in bodies
    )
    assert first == same != other
    assert cached_response(request, b"a", served, personal=False, etag='"1"')["ETag"] == '"1"'


def test_the_front_door_stores_what_django_returns(cache: FreshCache) -> None:
    site = Site(lambda request: answer(cache, request))
    assert [site.get() for _ in range(3)] == 3 * ["200 OK"]
    assert site.calls == 1


def test_a_response_that_a_middleware_replaced_is_not_stored(cache: FreshCache) -> None:
    def replaced(request: HttpRequest) -> HttpResponse:
        response = answer(cache, request)
        return HttpResponse(response.content, headers=dict(response.items()))

    site = Site(replaced)
    assert [site.get() for _ in range(3)] == 3 * ["200 OK"]
    assert site.calls == 3


def test_the_response_to_if_none_match_is_stored_and_still_a_304(cache: FreshCache) -> None:
    etag = answer(cache)["ETag"]
    site = Site(lambda request: answer(cache, request))
    assert [site.get(etag) for _ in range(3)] == 3 * ["304 Not Modified"]
    assert site.get('"other"') == "200 OK"
    assert site.calls == 1


def test_without_a_front_door_django_s_middleware_answers_if_none_match(cache: FreshCache) -> None:
    request = RequestFactory().get("/", headers={"If-None-Match": answer(cache)["ETag"]})
    view = conditional(lambda request: answer(cache, request))
    assert view(request).status_code == 304
    request.META[BEHIND_FRONT_DOOR] = True
    assert view(request).status_code == 200


def test_a_private_response_leaves_if_none_match_to_django(cache: FreshCache) -> None:
    etag = answer(cache, personal=True)["ETag"]
    request = RequestFactory().get("/", headers={"If-None-Match": etag})
    request.META[BEHIND_FRONT_DOOR] = True
    view = conditional(lambda request: answer(cache, request, personal=True))
    assert view(request).status_code == 304
