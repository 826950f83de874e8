"""The front door and the door for signed-in readers before Django, in the process of the test."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from wsgiref.util import setup_testing_defaults

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from feed.cache import feed_cache
from feed.pages import NEWEST_QUERY
from feed.signed_in_door import SignedInDoor, ViewerRenewal
from freshcache.front_door.door import Environ, FrontDoor, StartResponse
from freshcache.front_door.stored_response import Headers
from tests.unit.freshcache.fleet import Clock

# Headers that tell of one moment, or of the encodings that the front door alone offers.
OF_THE_MOMENT = {"Age", "Cache-Status", "Vary", "Content-Length"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    by_django: bool

    def lasting(self) -> dict[str, str]:
        return {name: self.headers[name] for name in self.headers.keys() - OF_THE_MOMENT}


def stopped_clock() -> Clock:
    """Return a clock for the cache of this process and its Redis. It stands still until moved.

    Trust is renewed by the thread that reads, so that tests know when.
    """
    clock, cache = Clock(), feed_cache()
    cache.clock = cache.generations._clock = cache.database._clock = clock
    cache.trust_renewal.call = cache.generations.renew  # type: ignore[method-assign] # see above
    if store := cache.store:
        confirm = store.confirm
        store.confirm = lambda **how: replace(confirm(**how), now_us=int(clock() * 1e6))  # type: ignore[method-assign] # ages by one clock
    return clock


class Door:
    """The doors of a worker that has just started. `asked` counts the requests to Django."""

    def __init__(self) -> None:
        self._django = WSGIHandler()
        self.asked = 0
        self.signed_in = SignedInDoor(ViewerRenewal(self._count))
        self.front = FrontDoor(
            self.signed_in,
            memory_bytes=settings.FEED["FRONT_DOOR_BYTES"],
            newest_query=NEWEST_QUERY,
            personal_cookies=[settings.MESSAGES_COOKIE_NAME],
        )

    def get(self, path: str, **headers: str) -> Answer:
        """Send a GET. Names of headers have underscores, as `If_None_Match`."""
        return self.request("GET", path, **headers)

    def request(self, method: str, path: str, **headers: str) -> Answer:
        before = self.asked
        answer = self._send(self.front, method, path, headers)
        return Answer(*answer, by_django=self.asked > before)

    def django(self, path: str, *, method: str = "GET", **headers: str) -> Answer:
        """Send a request to Django, past the front door."""
        return Answer(*self._send(self._django, method, path, headers), by_django=True)

    def _count(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self.asked += 1
        return self._django(environ, start_response)

    def _send(
        self, application: Any, method: str, path: str, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        path, _, query = path.partition("?")
        environ: Environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query}
        environ |= {"SERVER_NAME": "localhost", "SERVER_PORT": "80", "HTTP_HOST": "localhost"}
        for name, value in headers.items():
            given = name if name.startswith("wsgi.") else f"HTTP_{name.upper()}"
            environ[given] = value
        setup_testing_defaults(environ)
        status_and_headers: list[Any] = []

        def start_response(status: str, headers: Headers, exc_info: Any = None) -> None:
            status_and_headers[:] = [int(status.split(maxsplit=1)[0]), dict(headers)]
            headers.append(("Connection", "close"))  # as a server may (PEP 3333)

        answer = application(environ, start_response)
        try:
            body = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        status, sent = status_and_headers
        return status, sent, body
