"""Cross-origin reads and writes of the API by programs in browsers (Fetch standard, CORS).

Any site may send requests and read the answers: `*`, so never with the cookies of a reader. Such
programs send a token. The same header for all origins, so that shared responses stay shared.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "Age, Cache-Status, ETag, Idempotent-Replayed, Link, Location, RateLimit, RateLimit-Policy,"
        " Retry-After"
    ),
}
PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": (
        "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match"
    ),
    "Access-Control-Max-Age": "86400",
    "Cache-Control": "public, max-age=86400",
}


def is_open(path: str) -> bool:
    """Whether programs on other sites may use this path: the API, and feeds for feed readers."""
    return path.startswith(settings.OPEN_PATHS) or path.endswith(settings.OPEN_SUFFIXES)


def cors(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer preflight requests, and add the headers to all other answers of these paths."""

    def answer(request: HttpRequest) -> HttpResponse:
        if not is_open(request.path_info):
            return get_response(request)
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            response = HttpResponse(status=204, headers=PREFLIGHT_HEADERS)
        else:
            response = get_response(request)
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response

    return answer
