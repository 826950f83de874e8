"""What a reader is told when too many load older pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from freshcache.errors import Busy
from posts.problems import busy


def answer_if_busy(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Ask the reader to come back when too many load older pages."""

    @wraps(view)
    def told(request: HttpRequest, **arguments: Any) -> HttpResponse:
        try:
            return view(request, **arguments)
        except Busy:
            return busy(request)

    return told
