"""The decorator for views: one body for all readers, and its headers."""

from collections.abc import Callable

import pytest
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory

from freshcache import Busy, FreshCache, Policy
from freshcache.django.views import cached
from freshcache.policy import Work

View = Callable[..., HttpResponse]


@pytest.fixture
def cache() -> FreshCache:
    return FreshCache("articles", policy=Policy(single_process=True), store=None)


@pytest.fixture
def view(cache: FreshCache) -> View:
    answers = iter(range(100))

    @cached(cache, ttl_seconds=30, content_type="text/plain")
    def view(request: HttpRequest, name: str = "") -> str:
        if name == "absent":
            raise Http404
        return f"{name} {next(answers)}"

    return view


def get(view: View, path: str = "/", **options: str) -> HttpResponse:
    return view(RequestFactory().get(path), **options)


def test_path_is_rendered_once_until_it_is_invalidated(view: View, cache: FreshCache) -> None:
    first, second = get(view), get(view)
    assert first.content == second.content == b" 0"
    assert (first["Content-Type"], first["ETag"]) == ("text/plain", second["ETag"])
    assert "fwd=miss" in first["Cache-Status"]
    assert second["Cache-Status"].startswith("freshcache; hit")
    cache.invalidate("test")
    assert get(view).content == b" 1"


def test_each_path_and_query_has_a_separate_page(view: View, cache: FreshCache) -> None:
    paths = ["/", "/é/", "/?a=1", "/?a=2"]
    assert [get(view, path).content for path in paths] == [b" 0", b" 1", b" 2", b" 3"]
    assert [get(view, path).content for path in paths] == [b" 0", b" 1", b" 2", b" 3"]


def test_reader_with_credentials_gets_the_same_body_as_private(view: View) -> None:
    get(view)
    request = RequestFactory().get("/", headers={"Authorization": "Bearer x"})
    response = view(request)
    assert response.content == b" 0"
    assert response["Cache-Control"] == "private, no-cache"


def test_exception_of_the_view_is_not_cached(view: View) -> None:
    with pytest.raises(Http404):
        get(view, "/absent/", name="absent")
    assert get(view, "/absent/", name="here").status_code == 200


def test_post_is_refused(view: View) -> None:
    assert view(RequestFactory().post("/")).status_code == 405


def test_too_many_loads_at_a_time_are_answered_503_with_retry_after(
    cache: FreshCache, view: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_place() -> None:
        raise Busy

    monkeypatch.setattr(cache.gates[Work.ISOLATED], "place", no_place)
    response = get(view, "/?a=1")
    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0
