"""One front door over views with different caches."""

from collections.abc import Iterable
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest

from freshcache import FreshCache, FrontDoor, Policy
from freshcache.django.views import cached
from freshcache.front_door.door import Environ, StartResponse


class Site:
    """Two views, each with another cache. `asked` counts the requests that they answered."""

    def __init__(self) -> None:
        policy = Policy(single_process=True)
        self.caches = {
            name: FreshCache(name, policy=policy, store=None) for name in ("articles", "people")
        }
        self.asked = 0
        self._views = {f"/{name}/": self._view(cache) for name, cache in self.caches.items()}
        self._door = FrontDoor(self._answer)

    def get(self, path: str) -> bytes:
        environ: Environ = {}
        setup_testing_defaults(environ)
        environ |= {"REQUEST_METHOD": "GET", "PATH_INFO": path}
        return b"".join(self._door(environ, lambda *_: None))

    def _view(self, cache: FreshCache) -> Any:
        made = iter(range(100))

        @cached(cache, ttl_seconds=30)
        def view(request: HttpRequest) -> str:
            return str(next(made))

        return view

    def _answer(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self.asked += 1
        response = self._views[environ["PATH_INFO"]](WSGIRequest(environ))
        start_response(f"{response.status_code} OK", list(response.items()))
        return response  # type: ignore[no-any-return] # as Django's handler does


@pytest.fixture
def site() -> Site:
    return Site()


def test_each_response_is_judged_by_the_cache_it_was_read_from(site: Site) -> None:
    paths = ["/articles/", "/people/"]
    for _ in range(3):
        assert [site.get(path) for path in paths] == [b"0", b"0"]
    assert site.asked == 2
    site.caches["articles"].invalidate("article published")
    assert [site.get(path) for path in paths] == [b"1", b"0"]
    assert site.asked == 3
    hits = {name: cache.metrics.counts()["hits"] for name, cache in site.caches.items()}
    assert hits == {"articles": 2, "people": 3}
