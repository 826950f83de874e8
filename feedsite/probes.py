"""Middleware for health probes, which reach a process by address, not by the site's name."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

PREFIX = "/health/"


def probes(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Set an allowed Host header on probes. No response of a probe contains it."""
    allowed_host = settings.ALLOWED_HOSTS[0].lstrip("*.") or "localhost"

    def answer(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(PREFIX):
            request.META["HTTP_HOST"] = allowed_host
        return get_response(request)

    return answer
