"""Responses with the JSON of a cached page, the same for all clients."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from feed import pages
from feed.cursors import Cursor
from feed.errors import QueryTooSlowError
from feed.responses import site_origin
from freshcache.errors import Busy
from freshcache.front_door import headers
from freshcache.front_door.cached_response import (
    CachedResponse,
    Content,
    RenewQuery,
    cached_response,
)
from freshcache.served import Served
from posts.cursors import InvalidCursor
from posts.inputs import CURSOR_SCHEMA, Query
from posts.problems import busy

# Reads a page, with `confirm` as an option; and the JSON of a response made of it.
Read = Callable[..., Served]
Body = Callable[[Served], bytes]
# How a page tells its next one. Texts in it have a backslash before each quotation mark.
_NEXT = b'"next":"'


@extend_schema_field(CURSOR_SCHEMA)
class CursorField(serializers.CharField):
    """A cursor of the feed."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            return Cursor.decode(str(data))
        except InvalidCursor as error:
            raise serializers.ValidationError("This is no cursor of this feed.") from error


class PageQuery(Query):
    """The query string of a page with a fixed number of posts."""

    cursor = CursorField(required=False, help_text="`next` of the page before.")


class FeedQuery(Query):
    """The query string of a page with as many posts as the client asks for."""

    limit = serializers.IntegerField(
        min_value=1, max_value=pages.MAX_LIMIT, default=pages.DEFAULT_LIMIT
    )
    cursor = CursorField(required=False, help_text="`next` of the page before.")


# For the description of the API.
MENTIONED = serializers.DictField(
    child=serializers.CharField(),
    required=False,
    help_text="Names after an @ in these texts that are people's, as the texts have them, with the"
    " paths of their pages. Absent if there are none.",
)


def whole_page(served: Served) -> bytes:
    """Return the page itself."""
    return served.page.body


class SharedJSON(APIView):
    """JSON that is the same for all clients, so no session and no token is looked up.

    A client that sends one may have written a moment ago, so its read always asks Redis for the
    generation.
    """

    authentication_classes = ()
    permission_classes = ()

    def respond(
        self,
        request: Request,
        read: Read,
        body: Body = whole_page,
        renew_query: RenewQuery | None = None,
    ) -> HttpResponse:
        """Respond with a page, or a part of it: `body` makes the JSON of the response.

        `renew_query`: see `CachedResponse`.
        """
        http_request: HttpRequest = request._request  # noqa: SLF001 -- DRF's name for Django's
        personal = headers.has_credentials(http_request)
        try:
            served = read(confirm=personal)
        except (Busy, QueryTooSlowError):
            return busy(http_request)
        make = partial(content, body, _first(http_request))
        made = make(served)
        response = cached_response(
            http_request,
            made.body,
            served,
            personal=personal,
            same_for_all=True,
            etag=made.etag,
            content_type="application/json",
            renew=lambda: make(read()),
        )
        if made.link:
            response["Link"] = made.link
        if isinstance(response, CachedResponse):
            response.renew_query = renew_query
        return response

    def perform_content_negotiation(
        self, request: Request, force: bool = False
    ) -> tuple[BaseRenderer, str]:
        """Ignore `Accept`, as the front door does with stored responses (RFC 9110, section 12.5.1).

        The only content type is JSON.
        """
        return super().perform_content_negotiation(request, force=True)


def content(body: Body, first: str, served: Served) -> Content:
    """Return the JSON of a page. `first`: the address of the first page of the same list."""
    link = page_link(first, served) if body is whole_page else ""
    return Content(body(served), served, served.page.etag, link)


def page_link(first: str, served: Served) -> str:
    """Return the header Link (RFC 8288): the next page, if any, and the first one."""
    links = [f'<{first}>; rel="first"']
    body = served.page.body
    if (at := body.rfind(_NEXT)) >= 0:
        start = at + len(_NEXT)
        cursor = body[start : body.index(b'"', start)].decode()
        links.insert(0, f'<{first}{"&" if "?" in first else "?"}cursor={cursor}>; rel="next"')
    return ", ".join(links)


def _first(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("cursor", None)
    return f"{site_origin(request)}{request.path}{'?' if query else ''}{query.urlencode()}"
