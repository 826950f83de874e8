"""Times as pages show them, in UTC. All are given as `2026-11-23T10:00:00.123456Z`."""

from datetime import UTC, datetime
from functools import cache

from django.utils.dateformat import format as formatted
from django.utils.translation import get_language


def readable_time(moment: str) -> str:
    """Turn `2026-11-23T10:00:00.123456Z` into `23 Nov 2026, 10:00 UTC`."""
    return _formatted_utc(moment, "%H:%M")


def exact_time(moment: str) -> str:
    """Turn `2026-11-23T10:00:00.123456Z` into `23 Nov 2026, 10:00:00 UTC`."""
    return _formatted_utc(moment, "%H:%M:%S")


def readable_day(moment: str) -> str:
    """Turn `2026-11-23T10:00:00.123456Z` into `23 November 2026 UTC`."""
    return f"{formatted(_in_utc(moment), 'j F Y')} UTC"


def readable_month(moment: str) -> str:
    """Turn `2026-11-23T10:00:00.123456Z` into `November 2026`."""
    return formatted(_in_utc(moment), "F Y")


def machine_time(moment: str) -> str:
    """Return the moment in the form of HTML, which allows three decimals at most."""
    return f"{moment[:23]}Z"


def _formatted_utc(moment: str, time_format: str) -> str:
    """As `formatted` with "j M Y" and the time, which takes 20 µs."""
    at = _in_utc(moment)
    return f"{at.day} {_short_month(at.month, get_language())} {at.year:04}, {at:{time_format}} UTC"


@cache
def _short_month(month: int, language: str | None) -> str:
    """Return the name of a month in the current language, which is the cache's key."""
    return formatted(datetime(2026, month, 1, tzinfo=UTC), "M")


def _in_utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(UTC)
