"""Error responses outside Django: a problem (RFC 9457) for programs, a short page for people."""

from collections.abc import Callable, Iterable
from html import escape
from http import HTTPStatus
from typing import Any

from django.conf import settings

from feedsite import cors
from posts.problems import PLAIN_PAGE, RETRY_AFTER_SECONDS, problem

BUSY = "The site is busy just now. Try again in a few seconds."


def busy(path: str, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer 503 with Retry-After."""
    retry = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return refuse(path, start_response, HTTPStatus.SERVICE_UNAVAILABLE, BUSY, headers=retry)


def refuse(
    path: str,
    start_response: Callable[..., Any],
    status: HTTPStatus,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
) -> list[bytes]:
    """Answer with `status`. `detail` is a sentence for the reader."""
    if path.startswith(settings.PROGRAM_PATHS):
        body = problem(status, detail).content
        content_type = "application/problem+json"
    else:
        body = PLAIN_PAGE.format(title=status.phrase, detail=escape(detail)).encode()
        content_type = "text/html; charset=utf-8"
    all_headers = {
        "Content-Type": content_type,
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        **(cors.HEADERS if cors.is_open(path) else {}),
        **(headers or {}),
    }
    start_response(f"{status.value} {status.phrase}", list(all_headers.items()))
    return [body]
