"""Finished answers, handed out before Django runs.

Wrapped around Django's WSGI application, it remembers what the cached views answered to nobody in
particular, and hands it out for as long as `freshcache.policy` would serve the page as fresh. What
it can't prove fresh, and whatever may be somebody's own, goes to Django. An answer that is the same
whoever asks is handed out to readers with credentials too, as the cache would serve them: after
asking for the generation, for they may have written something.
"""

import math
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage

from freshcache.engine import Engine
from freshcache.errors import PoolExhausted
from freshcache.front_door.encodings import preferred
from freshcache.front_door.headers import FRONT_DOOR, PRIVATE, SAME_FOR_ALL, SERVED, cache_control
from freshcache.front_door.response_store import Entry, ResponseStore
from freshcache.front_door.stored_response import Answer, Headers, StoredResponse
from freshcache.generation import Generations
from freshcache.policy import Outcome, Room
from freshcache.served import Served

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
# All that the answer to nobody in particular depends on: method, path, query, host, scheme, scheme
# told by a proxy, Accept-Encoding, If-None-Match. An entry is found by the second to the sixth.
Request = tuple[str, str, str | None, str | None, str, str | None, str | None, str | None]
Key = tuple[str | None, ...]
# Whose generations' change_marker while it was proven, and the moment until which it holds then.
Validity = tuple[Engine, object, float]
# The generations, the change_marker, the clock, the moment, what counts a hit, and the answer.
ReadyResponse = tuple[
    Generations, object, Callable[[], float], float, Callable[[], object], *Answer
]

# Longer ones are nobody's links, and would weigh more than the answers.
MAX_KEY_CHARACTERS = 1_000
# So many requests that ask for the same in other words; then they have to be proven again.
MAX_READY_RESPONSES = 1_000
# What each takes at the most; the answers are those of entries.
READY_RESPONSE_BYTES = MAX_KEY_CHARACTERS + 1_000
# What the feed's newest pages get of the room, so that no other answer pushes them out.
NEWEST_SHARE = 0.25

# Redis is asked by one thread this part of the trust before it ends, so that no other has to wait.
RENEW_BEFORE_EXPIRY_FRACTION = 1 / 20

# What a remembered answer may vary by: a request with one of the first two goes to Django, and
# the third chooses the variant.
_VARIES_BY = frozenset({"authorization", "cookie", "accept-encoding"})


class FrontDoor:
    """Wrap `application` (WSGI, PEP 3333); its views describe what they were served.

    `memory_bytes`: what the answers kept here may weigh; 0 keeps none. `newest_query`: a pattern
    of the query strings by which the pages of `Room.NEWEST` are asked for; with anything else there
    as many addresses could be made up as one likes. `personal_cookies`: names of cookies that the
    views read besides Django's own.

    Which requests may be somebody's, and where a proxy tells the scheme, is taken from Django's
    settings when this is made.
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
        max_bytes = memory_bytes
        self._max_ready = min(MAX_READY_RESPONSES, max_bytes // 8 // READY_RESPONSE_BYTES)
        max_bytes -= self._max_ready * READY_RESPONSE_BYTES
        self.newest = ResponseStore(int(max_bytes * NEWEST_SHARE))
        self.entries = ResponseStore(max_bytes - int(max_bytes * NEWEST_SHARE))
        # Where a proxy tells the scheme; believed only if the settings say so.
        self._scheme_header = (settings.SECURE_PROXY_SSL_HEADER or ("",))[0]
        # With one of these a request may be somebody's. The views here read no other cookie.
        self._personal_cookies = (
            settings.SESSION_COOKIE_NAME,
            settings.CSRF_COOKIE_NAME,
            settings.LANGUAGE_COOKIE_NAME,
            CookieStorage.cookie_name,
            *personal_cookies,
        )

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Give what was proven, as long as that holds; every step here is paid by every hit."""
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
        proven = self._ready.get(request)
        if (
            proven is None
            or "HTTP_AUTHORIZATION" in environ
            or "HTTP_IF_MATCH" in environ
            or ("HTTP_COOKIE" in environ and self._is_personal(environ))
        ):
            return self._look(request, environ, start_response)
        generations, change_marker, clock, until, count_hit, status, headers, body = proven
        if change_marker is not generations.change_marker or clock() >= until:
            return self._look(request, environ, start_response)
        count_hit()
        start_response(status, headers[:])  # a server may change its list (PEP 3333)
        return body

    def _look(
        self, request: Request, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Prove what is remembered, and give it; or let Django answer."""
        method, *_, accepted, condition = request
        if method not in {"GET", "HEAD"}:
            return self._application(environ, start_response)
        key, personal = request[1:6], self._is_personal(environ)
        entry = self.newest.get(key) or self.entries.get(key)
        if (
            entry is None
            or (personal and not entry.same_for_all)
            or "HTTP_IF_MATCH" in environ
            or (proof := self._validity(entry, confirm=personal)) is None
        ):
            return self._ask_django(key, environ, start_response, personal=personal)
        variant = entry.variant(preferred(accepted), private=personal)
        status, headers, body = variant.answer(method, condition)
        cache, change_marker, until = proof
        count_hit = cache.metrics.hit
        if not personal and _is_short(request):
            if len(self._ready) >= self._max_ready:
                self._ready.clear()
            self._ready[request] = (
                *(cache.generations, change_marker, cache.clock, until, count_hit),
                *(status, headers, body),
            )
        count_hit()
        start_response(status, headers[:])
        return body

    def _is_personal(self, environ: Environ) -> bool:
        """Whether it may be somebody's: by its headers, for Django to find out whose."""
        cookies = environ.get("HTTP_COOKIE", "")
        return "HTTP_AUTHORIZATION" in environ or any(
            name in cookies for name in self._personal_cookies
        )

    def _validity(self, entry: Entry, *, confirm: bool) -> Validity | None:
        """Whether the policy would serve this entry's page as fresh, and what that rests on.

        The same questions as `FreshCache.read` asks, with their answers kept: it holds as long as
        this process has learned nothing (`Generations.change_marker`), and until a moment.
        """
        cache = entry.served.cache
        now = cache.clock()
        trust_seconds = cache.policy.trust_seconds
        early_seconds = RENEW_BEFORE_EXPIRY_FRACTION * trust_seconds
        generations, trusted_since = cache.generations, now - trust_seconds
        since = now if confirm else trusted_since
        early_since = trusted_since + early_seconds
        try:
            if generations.trusted(since) is None:
                generations.current(since)
            else:
                generations.renew(early_since)
        except PoolExhausted:
            return None
        now = cache.clock()  # for the answer may have been long in coming
        change_marker = generations.change_marker  # before what it vouches for
        known = generations.trusted(since)
        if known is None:
            return None
        page = entry.served.page
        fresh_seconds = cache.policy.fresh_for(page, known, ttl_seconds=entry.ttl_seconds)
        until = page.snapshot_at + fresh_seconds
        if now >= until:
            return None
        check = cache.self_check
        if now >= check.due_at and check.due(now) and (known.shared or cache.policy.alone):
            return None
        if now - page.snapshot_at >= entry.age + 1:
            entry.grow_older(now)
        entry.used = True
        asked_at = known.asked_at if known.shared else now
        trusted_until = asked_at + trust_seconds
        if asked_at >= early_since:
            trusted_until -= early_seconds
        older_at = page.snapshot_at + entry.age + 1
        due_at = check.due_at if now < check.due_at else math.inf
        return cache, change_marker, min(until, trusted_until, older_at, due_at)

    def _ask_django(
        self, key: Key, environ: Environ, start_response: StartResponse, *, personal: bool
    ) -> Iterable[bytes]:
        """Let Django answer, and remember that if it is for all."""
        environ[FRONT_DOOR] = True
        condition = environ.get("HTTP_IF_NONE_MATCH")
        status, headers = "", list[tuple[str, str]]()

        def take(told_status: str, told_headers: Headers, exc_info: Any = None) -> None:
            nonlocal status, headers
            status, headers = told_status, told_headers

        answer = self._application(environ, take)
        served: Served | None = environ.get(SERVED)
        if served is None or not _is_for_all(status, headers):
            if served is not None and any(name.lower() == "set-cookie" for name, _ in headers):
                headers = [pair for pair in headers if pair[0].lower() != "cache-control"]
                headers.append(("Cache-Control", PRIVATE))
            start_response(status, headers)
            return answer
        try:
            public = cache_control(served, private=False)
            finished = StoredResponse(headers, b"".join(answer), public=public)
        finally:
            answer.close()  # type: ignore[attr-defined] # Django's responses have it
        self._remember(key, finished, served, same_for_all=environ[SAME_FOR_ALL])
        encoding = preferred(environ.get("HTTP_ACCEPT_ENCODING"))
        private = personal or served.outcome is Outcome.LAST_GOOD
        variant = finished.variant(encoding, finished.told, private=private)
        status, headers, body = variant.answer(environ["REQUEST_METHOD"], condition)
        start_response(status, headers)
        return body

    def _remember(
        self, key: Key, finished: StoredResponse, served: Served, *, same_for_all: bool
    ) -> None:
        """Keep it, unless the page is in its grace, or known to be old, or nobody else's.

        Nor if it is isolated: it would take the place of those that everybody asks for, and anybody
        could send for as many of them as there is room for.
        """
        kept = served.outcome is Outcome.HIT or served.stored
        if not served.room.shared or not kept or not _is_short(key):
            return
        _, query, *_ = key
        newest = served.room is Room.NEWEST and self._newest_query.fullmatch(query or "")
        (self.newest if newest else self.entries).put(
            key,
            Entry(
                finished,
                # Without the body, and what was rendered of it: neither is needed any more.
                replace(served, page=replace(served.page, body=b"")),
                ttl_seconds=served.age_seconds + served.ttl_seconds,
                same_for_all=same_for_all,
            ),
        )
        # Else what had to go for it would stay on here.
        self._ready.clear()


def _is_for_all(status: str, headers: Headers) -> bool:
    named = {name.lower(): value for name, value in headers}
    varies_by = {name.strip().lower() for name in named.get("vary", "").split(",")}
    return (
        status.startswith("200 ")
        and "etag" in named
        and "set-cookie" not in named
        and varies_by <= _VARIES_BY
    )


def _is_short(key: tuple[str | None, ...]) -> bool:
    return sum(len(part or "") for part in key) <= MAX_KEY_CHARACTERS
