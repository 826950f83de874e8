"""Endpoint for browsers' reports of violations of our content security policy. It logs them.

Any client can send reports. So their size and the number of log lines are limited, and they use
neither session nor database.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

MAX_BYTES = 8 * 1024
MAX_LINES_PER_MINUTE = 20
WINDOW_SECONDS = 60
MAX_VALUE_CHARACTERS = 200
# Logged field: its name in each of the two formats, report-uri and Reporting API.
_FIELDS = {
    "directive": ("effective-directive", "effectiveDirective"),
    "blocked": ("blocked-uri", "blockedURL"),
    "source": ("source-file", "sourceFile"),
    "line": ("line-number", "lineNumber"),
}

log = structlog.get_logger(__name__)


class LineLimit:
    """A limit of `lines` per minute of `clock` (seconds). It counts the lines beyond it."""

    def __init__(self, lines: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._lines = lines
        self._clock = clock
        self._lock = threading.Lock()
        self._began = clock()
        self._count = 0

    def take(self) -> tuple[bool, int]:
        """Count a line; return whether to log it, and the lines dropped in the window before.

        The second number is above 0 only for the first line of a new window.
        """
        with self._lock:
            dropped = 0
            if self._clock() - self._began >= WINDOW_SECONDS:
                dropped = max(0, self._count - self._lines)
                self._began, self._count = self._clock(), 0
            self._count += 1
            return self._count <= self._lines, dropped


limit = LineLimit(MAX_LINES_PER_MINUTE)


@csrf_exempt  # browsers send reports without a form
@require_POST
def csp_reports(request: HttpRequest) -> HttpResponse:
    """Log the violations. The response is always 204: browsers ignore it."""
    body = request.read(MAX_BYTES + 1)
    if len(body) <= MAX_BYTES:
        for report in _reports(body):
            allowed, dropped = limit.take()
            if dropped:
                log.warning("csp reports not logged, over the limit", count=dropped)
            if allowed:
                log.warning("csp violation", **report)
    return HttpResponse(status=204)


def _reports(body: bytes) -> Iterator[dict[str, str]]:
    """Yield the violations in a body of either format; none for any other body."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return
    for part in parsed if isinstance(parsed, list) else [parsed]:
        if isinstance(part, dict):
            report = part.get("csp-report", part.get("body"))
            if isinstance(report, dict):
                yield {name: _first(report, names) for name, names in _FIELDS.items()}


def _first(report: dict[str, Any], names: tuple[str, ...]) -> str:
    value = next((report[name] for name in names if name in report), "")
    # Without query and fragment, which may hold secrets of the reader.
    return str(value).partition("?")[0].partition("#")[0][:MAX_VALUE_CHARACTERS]
