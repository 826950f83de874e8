"""The response of a view that shows a cached page, with what the front door needs to store it."""

from collections.abc import Callable
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers, set_response_etag

from freshcache.front_door.headers import cache_control, per_response_headers
from freshcache.policy import Outcome
from freshcache.served import Served

# The key in a WSGI environment that says that a front door will see the response.
BEHIND_FRONT_DOOR = "freshcache.behind_front_door"
# The key that says that the front door has a response that may still be sent. So a WSGI wrapper
# that can't pass the request on immediately should raise `Busy` instead of waiting.
MAY_BE_BUSY = "freshcache.may_be_busy"


class Content(NamedTuple):
    """What a view makes of the page `served`. `etag`: a validator of the body, in quotes. `link`:
    the header Link (RFC 8288), if the view sends one."""

    body: bytes
    served: Served
    etag: str
    link: str = ""


# Reads the page of a view again, and makes what the view makes of it.
Renew = Callable[[], Content]
# Returns the same for another query string of the path; None if Django must answer that.
RenewQuery = Callable[[str], Renew | None]


class CachedResponse(HttpResponse):
    """A response that the front door may store. It shows the page `served` and nothing private.

    `same_for_all`: readers with credentials get the same body, so that the stored response is sent
    to them too. `renew`: see `cached_response`. `renew_query`, which the view may set, returns the
    `renew` of another query string of this path. Its response must have the same headers, but for
    those that its page decides.

    Django's WSGI handler returns this object itself. A middleware that replaces it by another
    response loses these attributes; then nothing is stored.
    """

    def __init__(
        self,
        body: bytes,
        *,
        served: Served,
        same_for_all: bool,
        content_type: str | None = None,
        renew: Renew | None = None,
    ) -> None:
        super().__init__(body, content_type=content_type)
        self.served = served
        self.same_for_all = same_for_all
        self.renew = renew
        self.renew_query: RenewQuery | None = None


def cached_response(
    request: HttpRequest,
    body: bytes,
    served: Served,
    *,
    personal: bool,
    same_for_all: bool = False,
    etag: str | None = None,
    content_type: str | None = None,
    renew: Renew | None = None,
) -> HttpResponse:
    """Return a response with `body`, which shows the page `served`, and all headers of caching.

    These are Cache-Control and Age (RFC 9111), Cache-Status (RFC 9211), ETag and Vary (RFC 9110).

    `personal`: the request carries credentials, see `has_credentials`. `same_for_all`: the body is
    the same with other credentials or none. `etag`: a validator of the body, in quotation marks;
    left out, a digest of the body.

    `renew`: reads the page again when the stored response has become old, for any reader without
    credentials; see `freshcache.front_door.renewal`. It must depend on nothing of the request but
    path, query, host and scheme, and not keep the request.
    """
    response: HttpResponse
    if same_for_all or not personal:
        response = CachedResponse(
            body,
            served=served,
            same_for_all=same_for_all,
            content_type=content_type,
            renew=renew,
        )
        if BEHIND_FRONT_DOOR in request.META:
            # The front door compares If-None-Match after Django: a 304 of Django's middleware
            # would have no body to store.
            request.META.pop("HTTP_IF_NONE_MATCH", None)
    else:
        response = HttpResponse(body, content_type=content_type)
    private = personal or served.outcome is Outcome.LAST_GOOD
    response["Cache-Control"] = cache_control(served, private=private)
    for name, value in per_response_headers(served):
        response[name] = value
    patch_vary_headers(response, ["Authorization", "Cookie"])
    if etag is None:
        set_response_etag(response)
    else:
        response["ETag"] = etag
    return response
