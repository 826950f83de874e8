"""WSGI wrappers that answer signed-in readers of a cached page without Django's request handling.

`SignedInDoor` stands between the front door and the lanes. Django's first answer to a path shows
which cached page it is and with which headers; from then on the page is filled for each viewer
here, as long as it is fresh. The generation is asked first, from Redis, as the view does it, so
that a session that has ended, a like or a mute of a moment ago counts. `ViewerRenewal` stands
inside the lanes, where the database may be asked: it reads what may have changed of a viewer.
Whatever the two can't answer goes to Django.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_started
from django.http import HttpResponse, parse_cookie
from django.utils.http import parse_etags

from feed import csrf
from feed.cache import feed_cache
from feed.renderings import Rendering
from feed.responses import has_current_counts, viewer_values
from feed.shown import SHOWN_PAGE, ShownPage
from feed.viewers import known_viewers
from freshcache.errors import PoolExhausted
from freshcache.front_door.headers import cache_status
from freshcache.policy import Freshness, Outcome
from freshcache.served import Served

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
Headers = list[tuple[str, str]]
Key = tuple[str | None, ...]
Answer = tuple[str, Headers, list[bytes]]

# The key in a WSGI environment of a page and its reader, for `ViewerRenewal`.
RENEWABLE = "feed.renewable_viewer"
OK, NOT_MODIFIED = "200 OK", "304 Not Modified"
MAX_KEY_CHARACTERS = 1_000
MAX_PAGES = 500  # of some 5 kB each; beyond it, all are noted again
# Headers that are made for each response.
_PER_RESPONSE = frozenset({"age", "cache-status", "content-length", "etag", "set-cookie"})


@dataclass(slots=True)
class _Entry:
    page: ShownPage
    # The headers that Django gave with a status, without those of each response.
    headers: dict[str, Headers] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Reader:
    session_key: str
    csrf_secret: str


class SignedInDoor:
    """Wrap `application`, a WSGI application (PEP 3333) that ends in Django. Thread-safe."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._entries: dict[Key, _Entry] = {}
        self._scheme_header = (settings.SECURE_PROXY_SSL_HEADER or ("",))[0]

    def __len__(self) -> int:
        return len(self._entries)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        reader = _reader(environ)
        if reader is None:
            return self._application(environ, start_response)
        key: Key = (
            environ["PATH_INFO"],
            environ.get("QUERY_STRING"),
            environ.get("HTTP_HOST"),
            environ["wsgi.url_scheme"],
            environ.get(self._scheme_header),
        )
        entry = self._entries.get(key)
        # Before the question to Redis, which Django would ask again.
        if entry is not None and known_viewers().has(reader.session_key):
            if answer := _answer(entry, reader, environ, renew=False):
                status, headers, body = answer
                start_response(status, headers)
                return body
            environ[RENEWABLE] = entry, reader
        return self._ask_django(key, environ, start_response)

    def _ask_django(
        self, key: Key, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Let Django answer, and note the page that it shows."""

        def note(status: str, headers: Headers, exc_info: Any = None) -> Any:
            page: ShownPage | None = environ.pop(SHOWN_PAGE, None)
            if page is not None and sum(len(part or "") for part in key) <= MAX_KEY_CHARACTERS:
                self._note(key, page, status, headers)
            return start_response(status, headers)

        return self._application(environ, note)

    def _note(self, key: Key, page: ShownPage, status: str, headers: Headers) -> None:
        cookies = [value for name, value in headers if name.lower() == "set-cookie"]
        if len(cookies) != 1 or not cookies[0].lstrip().startswith(f"{settings.CSRF_COOKIE_NAME}="):
            return  # another cookie is of this response alone
        entry = self._entries.get(key)
        if entry is None or entry.page != page:
            if len(self._entries) >= MAX_PAGES:
                self._entries.clear()
            entry = self._entries[key] = _Entry(page)
        entry.headers[status] = [pair for pair in headers if pair[0].lower() not in _PER_RESPONSE]


class ViewerRenewal:
    """Wrap `application`, Django's WSGI application, inside the lanes. Thread-safe."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Read the viewer again whom the door names and fill the page, or let Django answer."""
        asked: tuple[_Entry, _Reader] | None = environ.pop(RENEWABLE, None)
        if asked is None:
            return self._application(environ, start_response)
        # As Django's handler does: the database drops connections by age.
        request_started.send(sender=WSGIHandler, environ=environ)
        answer = _answer(*asked, environ, renew=True)
        if answer is None:
            return self._application(environ, start_response)
        status, headers, body = answer
        start_response(status, headers)
        return HttpResponse(b"".join(body))  # which ends the request when it is closed


def _reader(environ: Environ) -> _Reader | None:
    """Return who reads a page with a session; None for all other requests."""
    header = environ.get("HTTP_COOKIE", "")
    if (
        settings.SESSION_COOKIE_NAME not in header
        or environ["REQUEST_METHOD"] != "GET"
        or "HTTP_AUTHORIZATION" in environ
        or "HTTP_IF_MATCH" in environ
        or not header.isascii()
    ):
        return None
    cookies = parse_cookie(header)
    session_key = cookies.get(settings.SESSION_COOKIE_NAME)
    secret = cookies.get(settings.CSRF_COOKIE_NAME, "")
    if not session_key or settings.MESSAGES_COOKIE_NAME in cookies or not csrf.is_secret(secret):
        return None
    return _Reader(session_key, secret)


def _answer(entry: _Entry, reader: _Reader, environ: Environ, *, renew: bool) -> Answer | None:
    """Return the answer; None if the page is not fresh, or the viewer not known.

    `renew`: ask the database what has changed of the viewer.
    """
    served = _read(entry.page)
    rendering: Rendering | None = served.page.made.get(True) if served else None
    if served is None or rendering is None:
        return None
    viewers, shown = known_viewers(), served.page.made.get("shown")
    known = viewers.known(reader.session_key, served)
    if renew and (known is None or known.marks is None or known.marks[0] != shown):
        known = viewers.renewed(reader.session_key, served)
    if known is None or known.marks is None or known.marks[0] != shown:
        return None
    values = viewer_values(
        known.viewer,
        known.marks[1],
        {**entry.page.values, "csrf": csrf.masked_token(reader.csrf_secret)},
    )
    etag = rendering.etag(values, masked="csrf", canonical=reader.csrf_secret)
    condition = environ.get("HTTP_IF_NONE_MATCH")
    status = NOT_MODIFIED if condition and _is_known(condition, etag) else OK
    if status not in entry.headers:
        return None
    served.cache.metrics.hit()
    headers = [("ETag", etag), ("Set-Cookie", csrf.cookie_header(reader.csrf_secret))]
    if status == NOT_MODIFIED:
        return status, entry.headers[status] + headers, []
    body = rendering.fill(values)
    headers += [
        ("Age", str(int(served.age_seconds))),
        ("Cache-Status", cache_status(served)),
        ("Content-Length", str(len(body))),
    ]
    return status, entry.headers[status] + headers, [body]


def _read(page: ShownPage) -> Served | None:
    """Read the page from memory as `FreshCache.read` does with `confirm`; None if not fresh."""
    cache = feed_cache()
    try:
        generation = cache.generations.current(cache.clock())
    except PoolExhausted:
        return None
    kept = cache.memories[page.room].get(page.name)
    if kept is None or cache.judge(kept, generation, page.ttl_seconds) is not Freshness.FRESH:
        return None
    now = cache.clock()
    if cache.self_check.due(now) and (generation.shared or cache.policy.single_process):
        return None  # Django must serve this hit, so that it is compared with the database
    age_seconds = max(0.0, now - kept.snapshot_at)
    served = Served(
        cache=cache,
        page=kept,
        outcome=Outcome.HIT,
        age_seconds=age_seconds,
        ttl_seconds=cache.policy.ttl_in_force(generation, page.ttl_seconds) - age_seconds,
        shared=generation.shared,
        counts_version=generation.counts_version,
        room=page.room,
        name=page.name,
    )
    return served if not page.exact_counts or has_current_counts(served) else None


def _is_known(if_none_match: str, etag: str) -> bool:
    """Whether If-None-Match names this page (weak comparison: RFC 9110, section 8.8.3.2)."""
    etags = parse_etags(if_none_match)
    return etags == ["*"] or etag.removeprefix("W/") in {tag.removeprefix("W/") for tag in etags}
