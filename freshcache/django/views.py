"""A decorator that caches the response of a view for all readers."""

import hashlib
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from freshcache.cache import FreshCache
from freshcache.errors import Busy
from freshcache.front_door.cached_response import cached_response
from freshcache.front_door.headers import has_credentials
from freshcache.policy import Room, Work

View = Callable[..., HttpResponse]
RETRY_AFTER_SECONDS = 1


def cached(
    cache: FreshCache, *, ttl_seconds: float, content_type: str = "text/html; charset=utf-8"
) -> Callable[[Callable[..., str | bytes]], View]:
    """Cache a view that returns a body: text, which is sent as UTF-8, or bytes.

    The body must be the same for every reader, and depend only on path, query string and database.
    Only GET and HEAD are allowed. Pages with a query string are kept in `Room.ISOLATED`, because
    readers can make up any number of them. A view raises what must not be kept (`Http404`, say).
    While too many threads load such pages the response is a 503 with Retry-After.
    """

    def decorate(view: Callable[..., str | bytes]) -> View:
        @require_safe
        @wraps(view)
        def cached_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            def load() -> bytes:
                body = view(request, *args, **kwargs)
                return body.encode() if isinstance(body, str) else body

            personal = has_credentials(request)
            room = Room.ISOLATED if request.META.get("QUERY_STRING") else Room.LINKED
            work = Work.ORDINARY if room.shared else Work.ISOLATED
            try:
                served = cache.read(
                    _name(request),
                    load,
                    ttl_seconds=ttl_seconds,
                    confirm=personal,
                    room=room,
                    work=work,
                )
            except Busy:
                headers = {"Retry-After": str(RETRY_AFTER_SECONDS), "Cache-Control": "no-store"}
                return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE, headers=headers)
            return cached_response(
                request,
                served.body,
                served,
                personal=personal,
                same_for_all=True,
                etag=served.page.etag,
                content_type=content_type,
            )

        return cached_view

    return decorate


def _name(request: HttpRequest) -> str:
    # A digest, because a path may have characters that a page name must not have.
    path = request.get_full_path().encode()
    return f"view:{hashlib.blake2b(path, digest_size=16).hexdigest()}"
