"""The response when too many threads load older pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from freshcache.errors import Busy
from posts.problems import busy


def answer_if_busy(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorate a view: answer 503 with Retry-After if it raises `Busy`."""

    @wraps(view)
    def answering_view(request: HttpRequest, **arguments: Any) -> HttpResponse:
        try:
            return view(request, **arguments)
        except Busy:
            return busy(request)

    return answering_view
