"""A decorator for views whose answer is the same for everybody."""

import hashlib
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from freshcache.cache import FreshCache
from freshcache.errors import Busy
from freshcache.front_door.headers import describe, has_credentials
from freshcache.policy import Room, Work

View = Callable[..., HttpResponse]
RETRY_AFTER_SECONDS = 1


def cached(
    cache: FreshCache, *, ttl_seconds: float, content_type: str = "text/html; charset=utf-8"
) -> Callable[[Callable[..., str | bytes]], View]:
    """Decorate a view that returns a body: a text (sent as UTF-8) or bytes.

    The body must be the same for every reader, and depend on the path, the query and the database
    alone. GET and HEAD only. Paths with a query are isolated, for there is no end of queries that
    can be made up. An answer that must not be kept (404, say) is raised.
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
            response = HttpResponse(served.body, content_type=content_type)
            response["ETag"] = served.page.etag
            describe(request, response, served, personal=personal, same_for_all=True)
            return response

        return cached_view

    return decorate


def _name(request: HttpRequest) -> str:
    """A path may hold what a key may not."""
    path = request.get_full_path().encode()
    return f"view:{hashlib.blake2b(path, digest_size=16).hexdigest()}"
