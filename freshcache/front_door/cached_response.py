"""The response of a view that shows a cached page, with what the front door needs to store it."""

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers, set_response_etag

from freshcache.front_door.headers import cache_control, cache_status
from freshcache.policy import Outcome
from freshcache.served import Served

# The key in a WSGI environment that says that a front door will see the response.
BEHIND_FRONT_DOOR = "freshcache.behind_front_door"
# The key that says that the front door has a response that may still be sent. So a WSGI wrapper
# that can't pass the request on immediately should raise `Busy` instead of waiting.
MAY_BE_BUSY = "freshcache.may_be_busy"


class CachedResponse(HttpResponse):
    """A response that the front door may store. It shows the page `served` and nothing private.

    `same_for_all`: readers with credentials get the same body, so that the stored response is sent
    to them too. Django's WSGI handler returns this object itself. A middleware that replaces it by
    another response loses these attributes; then nothing is stored.
    """

    def __init__(
        self, body: bytes, *, served: Served, same_for_all: bool, content_type: str | None = None
    ) -> None:
        super().__init__(body, content_type=content_type)
        self.served = served
        self.same_for_all = same_for_all


def cached_response(
    request: HttpRequest,
    body: bytes,
    served: Served,
    *,
    personal: bool,
    same_for_all: bool = False,
    etag: str | None = None,
    content_type: str | None = None,
) -> HttpResponse:
    """Return a response with `body`, which shows the page `served`, and all headers of caching.

    These are Cache-Control and Age (RFC 9111), Cache-Status (RFC 9211), ETag and Vary (RFC 9110).

    `personal`: the request carries credentials, see `has_credentials`. `same_for_all`: the body is
    the same with other credentials or none. `etag`: a validator of the body, in quotation marks;
    left out, a digest of the body.
    """
    response: HttpResponse
    if same_for_all or not personal:
        response = CachedResponse(
            body, served=served, same_for_all=same_for_all, content_type=content_type
        )
        if BEHIND_FRONT_DOOR in request.META:
            # The front door compares If-None-Match after Django: a 304 of Django's middleware
            # would have no body to store.
            request.META.pop("HTTP_IF_NONE_MATCH", None)
    else:
        response = HttpResponse(body, content_type=content_type)
    private = personal or served.outcome is Outcome.LAST_GOOD
    response["Cache-Control"] = cache_control(served, private=private)
    response["Cache-Status"] = cache_status(served)
    if served.outcome not in {Outcome.MISS, Outcome.BYPASS}:
        response["Age"] = str(int(served.age_seconds))
    patch_vary_headers(response, ["Authorization", "Cookie"])
    if etag is None:
        set_response_etag(response)
    else:
        response["ETag"] = etag
    return response
