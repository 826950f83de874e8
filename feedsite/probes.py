"""Health is asked of a process by its address: a probe doesn't know by which name people come."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

PREFIX = "/health/"


def probes(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Middleware that lets probes through the check of the Host header; no answer shows it."""
    own_host = settings.ALLOWED_HOSTS[0].lstrip("*.") or "localhost"

    def answer(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(PREFIX):
            request.META["HTTP_HOST"] = own_host
        return get_response(request)

    return answer
