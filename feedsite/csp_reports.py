"""What browsers report of our content security policy, as lines in the log.

Anybody can send such reports, so they are read up to a size, logged up to a number, and touch
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
# What is logged, by its name in each of the two formats: report-uri's and the Reporting API's.
_FIELDS = {
    "directive": ("effective-directive", "effectiveDirective"),
    "blocked": ("blocked-uri", "blockedURL"),
    "source": ("source-file", "sourceFile"),
    "line": ("line-number", "lineNumber"),
}

log = structlog.get_logger(__name__)


class LineLimit:
    """At most `lines` in a minute of `clock` (seconds); the rest are counted."""

    def __init__(self, lines: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._lines = lines
        self._clock = clock
        self._lock = threading.Lock()
        self._began = clock()
        self._count = 0

    def take(self) -> tuple[bool, int]:
        """Whether one more line may be logged; how many were not in the minute that just ended."""
        with self._lock:
            left_out = 0
            if self._clock() - self._began >= WINDOW_SECONDS:
                left_out = max(0, self._count - self._lines)
                self._began, self._count = self._clock(), 0
            self._count += 1
            return self._count <= self._lines, left_out


limit = LineLimit(MAX_LINES_PER_MINUTE)


@csrf_exempt  # the browser sends it by itself, without a form
@require_POST
def csp_reports(request: HttpRequest) -> HttpResponse:
    """204, whatever was sent: its sender has no use for an answer."""
    body = request.read(MAX_BYTES + 1)
    if len(body) <= MAX_BYTES:
        for report in _reports(body):
            allowed, left_out = limit.take()
            if left_out:
                log.warning("csp reports left out of the log", count=left_out)
            if allowed:
                log.warning("csp violation", **report)
    return HttpResponse(status=204)


def _reports(body: bytes) -> Iterator[dict[str, str]]:
    """The violations in a body of either format; none in any other."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return
    for part in told if isinstance(told, list) else [told]:
        if isinstance(part, dict):
            report = part.get("csp-report", part.get("body"))
            if isinstance(report, dict):
                yield {name: _first(report, names) for name, names in _FIELDS.items()}


def _first(report: dict[str, Any], names: tuple[str, ...]) -> str:
    value = next((report[name] for name in names if name in report), "")
    # No query and no fragment: they may hold what only its reader may know.
    return str(value).partition("?")[0].partition("#")[0][:MAX_VALUE_CHARACTERS]
