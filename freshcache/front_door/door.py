"""A WSGI wrapper that answers cache hits with stored responses, before Django runs.

It stores what cached views answer without credentials, and sends that as long as the page is fresh
by `freshcache.policy`. Django gets every other request: those whose response may be private, and
those without a stored response that is certainly fresh. A response that is the same for all readers
is also sent to readers with credentials; then Redis is asked for the generation first, because they
may have written something.
"""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage

from freshcache.errors import Busy
from freshcache.front_door.cached_response import BEHIND_FRONT_DOOR, MAY_BE_BUSY, CachedResponse
from freshcache.front_door.encodings import preferred
from freshcache.front_door.headers import PRIVATE, cache_control
from freshcache.front_door.renewal import RENEWABLE, Examples
from freshcache.front_door.response_store import Entry, ResponseStore
from freshcache.front_door.storable import MAX_KEY_CHARACTERS, Key, is_for_all, is_short
from freshcache.front_door.stored_response import Answer, Headers, StoredResponse, Variant
from freshcache.front_door.validity import find_validity, is_last_good, may_be_sent
from freshcache.generation import Generations
from freshcache.policy import Outcome, Room

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
# All that a public response depends on: method, path, query, host, scheme, the scheme that a proxy
# names, Accept-Encoding, If-None-Match. The key of a stored response is the second to the sixth.
Request = tuple[str, str, str | None, str | None, str, str | None, str | None, str | None]
# The generations, their change marker, the clock, the deadline, the counter of hits, the answer.
ReadyResponse = tuple[
    Generations, object, Callable[[], float], float, Callable[[], object], *Answer
]

# Requests for the same responses (other headers); beyond it, all are made ready again.
MAX_READY_RESPONSES = 1_000
# The most memory that one of them takes. Its headers and body are those of a stored response.
READY_RESPONSE_BYTES = MAX_KEY_CHARACTERS + 1_000
# The share of the memory for `Room.NEWEST`, so that no other response pushes these out.
NEWEST_SHARE = 0.25
# The share for responses with last good pages.
LAST_GOOD_SHARE = 1 / 16


class FrontDoor:
    """Wrap `application`, a WSGI application (PEP 3333) that ends in Django. Thread-safe.

    It stores the `CachedResponse`s that Django returns. A WSGI wrapper between the two that returns
    another object sets its attribute `django_response` to Django's; else nothing is stored.

    `memory_bytes`: the most that stored responses take; 0 stores none. `newest_query`: a regular
    expression. Responses in `Room.NEWEST` have their own memory only if the whole query string
    matches, because clients can make up other queries. `personal_cookies`: names of cookies that
    views read, besides those of Django.

    A wrapper between the two may raise `Busy` if the environment has `MAY_BE_BUSY`.

    Django's settings for cookies and for the scheme behind a proxy are read when this is made.
    """

    def __init__(
        self,
        application: Application,
        *,
        memory_bytes: int = 64_000_000,
        newest_query: str = "",
        personal_cookies: Collection[str] = (),
    ) -> None:
        self._application = application
        self._newest_query = re.compile(newest_query)
        self._ready: dict[Request, ReadyResponse] = {}
        self._examples = Examples()
        self._max_ready = min(MAX_READY_RESPONSES, memory_bytes // 8 // READY_RESPONSE_BYTES)
        max_bytes = memory_bytes - self._max_ready * READY_RESPONSE_BYTES
        self.last_good = ResponseStore(int(max_bytes * LAST_GOOD_SHARE))
        self.newest = ResponseStore(int(max_bytes * NEWEST_SHARE))
        rest = 1 - NEWEST_SHARE - LAST_GOOD_SHARE
        self.entries = ResponseStore(int(max_bytes * rest))
        # The header in which a proxy names the scheme. It is trusted only if the settings say so.
        self._scheme_header = (settings.SECURE_PROXY_SSL_HEADER or ("",))[0]
        self._personal_cookies = (
            settings.SESSION_COOKIE_NAME,
            settings.CSRF_COOKIE_NAME,
            settings.LANGUAGE_COOKIE_NAME,
            CookieStorage.cookie_name,
            *personal_cookies,
        )

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Send a ready response while it is valid. Every hit pays for every step in here."""
        request: Request = (
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"],
            environ.get("QUERY_STRING"),
            environ.get("HTTP_HOST"),
            environ["wsgi.url_scheme"],
            environ.get(self._scheme_header),
            environ.get("HTTP_ACCEPT_ENCODING"),
            environ.get("HTTP_IF_NONE_MATCH"),
        )
        ready = self._ready.get(request)
        if (
            ready is None
            or "HTTP_AUTHORIZATION" in environ
            or "HTTP_IF_MATCH" in environ
            or ("HTTP_COOKIE" in environ and self._is_personal(environ))
        ):
            return self._look(request, environ, start_response)
        generations, change_marker, clock, until, count_hit, status, headers, body = ready
        if change_marker is not generations.change_marker or clock() >= until:
            return self._look(request, environ, start_response)
        count_hit()
        start_response(status, headers[:])  # a server may change its list (PEP 3333)
        return body

    def _look(
        self, request: Request, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Send the stored response if it is valid, and keep it ready; else let Django answer."""
        method, *_, accepted, condition = request
        if method not in {"GET", "HEAD"}:
            return self._application(environ, start_response)
        key, personal = request[1:6], self._is_personal(environ)
        entry = self.newest.get(key) or self.entries.get(key)
        if entry is None or (personal and not entry.same_for_all) or "HTTP_IF_MATCH" in environ:
            if entry is None and not personal and "HTTP_IF_MATCH" not in environ:
                environ[RENEWABLE] = self._examples.renewable(key)
            return self._ask_django(request, environ, start_response, personal=personal)
        if (validity := find_validity(entry, confirm=personal)) is None:
            if not personal:
                last_good = self.last_good.get(key)
                if last_good is not None and is_last_good(last_good):
                    variant = _once(last_good.response, request, private=True)
                    return _send(request, variant, start_response)
                environ[RENEWABLE] = entry
            return self._renew(request, entry, environ, start_response, personal)
        variant = entry.variant(preferred(accepted), private=personal)
        status, headers, body = variant.answer(method, condition)
        cache, change_marker, until = validity
        count_hit = cache.metrics.hit
        if not personal and is_short(request):
            if len(self._ready) >= self._max_ready:
                self._ready.clear()
            self._ready[request] = (
                *(cache.generations, change_marker, cache.clock, until, count_hit),
                *(status, headers, body),
            )
        count_hit()
        start_response(status, headers[:])
        return body

    def _renew(
        self, request: Request, entry: Entry, environ: Environ, start: StartResponse, personal: bool
    ) -> Iterable[bytes]:
        """Let Django answer; if it is busy, send the stored response if it may still be sent."""
        if may_be_sent(entry):
            environ[MAY_BE_BUSY] = True
        try:
            return self._ask_django(request, environ, start, personal=personal)
        except Busy:
            entry.served.cache.metrics.hit()
            variant = entry.variant(preferred(request[6]), private=personal)
            return _send(request, variant, start)

    def _is_personal(self, environ: Environ) -> bool:
        """Whether the response may depend on credentials. Only Django can tell if they are right.

        It looks for the names anywhere in the header: too often is safe.
        """
        cookies = environ.get("HTTP_COOKIE", "")
        return "HTTP_AUTHORIZATION" in environ or any(
            name in cookies for name in self._personal_cookies
        )

    def _ask_django(
        self, request: Request, environ: Environ, start_response: StartResponse, *, personal: bool
    ) -> Iterable[bytes]:
        """Let Django answer, and store the response if the front door may."""
        environ[BEHIND_FRONT_DOOR] = True
        status, headers = "", list[tuple[str, str]]()

        def take(new_status: str, new_headers: Headers, exc_info: Any = None) -> None:
            nonlocal status, headers
            status, headers = new_status, new_headers

        answer = self._application(environ, take)
        response: object = getattr(answer, "django_response", answer)
        if not isinstance(response, CachedResponse):
            start_response(status, headers)
            return answer
        if not is_for_all(status, headers):
            if any(name.lower() == "set-cookie" for name, _ in headers):
                headers = [pair for pair in headers if pair[0].lower() != "cache-control"]
                headers.append(("Cache-Control", PRIVATE))
            start_response(status, headers)
            return answer
        served = response.served
        try:
            public = cache_control(served, private=False)
            stored = StoredResponse(headers, b"".join(answer), public=public)
        finally:
            answer.close()  # type: ignore[attr-defined] # both Django's and a wrapper's have it
        self._store(request[1:6], stored, response)
        private = personal or served.outcome is Outcome.LAST_GOOD
        return _send(request, _once(stored, request, private=private), start_response)

    def _store(self, key: Key, stored: StoredResponse, response: CachedResponse) -> None:
        """Store the response, unless its page is isolated, stale or loaded for one reader.

        A client can ask for any number of isolated pages, which would evict all others.
        """
        served = response.served
        is_old = served.outcome is Outcome.LAST_GOOD
        kept = served.outcome is Outcome.HIT or served.stored or is_old
        if not served.room.shared or not kept or not is_short(key):
            return
        newest = served.room is Room.NEWEST and self._newest_query.fullmatch(key[1] or "")
        store = self.last_good if is_old else self.newest if newest else self.entries
        if older := store.get(key):
            stored.take_encodings(older.response)
        entry = Entry(
            stored,
            # A copy of the page without its body and what was made of it, to save memory.
            replace(served, page=replace(served.page, body=b"")),
            ttl_seconds=served.age_seconds + served.ttl_seconds,
            same_for_all=response.same_for_all,
            renew=response.renew,
            renew_query=response.renew_query,
        )
        store.put(key, entry)
        self._examples.note(key, entry)
        # Ready responses would keep the bodies of dropped entries in memory.
        self._ready.clear()


def _once(response: StoredResponse, request: Request, *, private: bool) -> Variant:
    """Return the response with its own age and status, in the encoding of the request."""
    encoding = preferred(request[6])
    return response.variant(encoding, response.per_response_headers, private=private)


def _send(request: Request, variant: Variant, start_response: StartResponse) -> list[bytes]:
    status, headers, body = variant.answer(request[0], request[7])
    start_response(status, headers[:])  # a server may change its list (PEP 3333)
    return body
