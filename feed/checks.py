"""System checks of `settings.FEED`, so that a wrong value stops the start of the server."""

import math
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core import checks

from feed.cache import FEED_ONLY, POLICY_DEFAULTS

KINDS = {
    "author",
    "comments",
    "explore",
    "feed",
    "history",
    "people",
    "post",
    "search",
    "tag",
}
MIN_SECONDS = 0.001  # Redis takes whole milliseconds, and refuses 0

_MAY_BE_ZERO = {"SELF_CHECK_SECONDS", "FRONT_DOOR_BYTES", "CARD_BYTES", "VIEWER_BYTES"}
_KNOWN = FEED_ONLY | POLICY_DEFAULTS.keys()


def check_feed(**kwargs: Any) -> list[checks.CheckMessage]:
    """Return what is wrong with `settings.FEED`. It may leave out all that `Policy` has."""
    table = getattr(settings, "FEED", None)
    if not isinstance(table, dict):
        return [checks.Error("FEED must be a dict.", id="feed.E001", hint="See feedsite/settings.")]
    messages = [*_check_names(table), *_check_values(table)]
    # The other checks compare the values, which must be numbers for that.
    return messages or [*_check_order({**POLICY_DEFAULTS, **table}), *_check_deployment(table)]


def _check_names(table: dict[str, Any]) -> Iterator[checks.CheckMessage]:
    hint = f"FEED takes {', '.join(sorted(_KNOWN))}."
    for name in sorted(FEED_ONLY - table.keys()):
        yield checks.Error(f"{name} is missing from FEED.", id="feed.E001", hint=hint)
    for name in sorted(table.keys() - _KNOWN):
        yield checks.Error(f"{name} is not a setting of FEED.", id="feed.E001", hint=hint)


def _check_values(table: dict[str, Any]) -> Iterator[checks.CheckMessage]:
    ttls = table.get("TTL_SECONDS", {})
    if not isinstance(ttls, dict) or ttls.keys() != KINDS:
        yield checks.Error(
            "FEED['TTL_SECONDS'] must give a TTL for each kind of page.",
            id="feed.E002",
            hint=f"The kinds are {', '.join(sorted(KINDS))}.",
        )
        return
    numbers = {name: value for name, value in table.items() if name in _KNOWN - {"TTL_SECONDS"}}
    numbers |= {f"TTL_SECONDS[{kind!r}]": ttl for kind, ttl in ttls.items()}
    for name, value in numbers.items():
        whole = name == "LOADS_PER_PROCESS" or name.endswith("_BYTES")
        is_number = type(value) is int if whole else type(value) in {int, float}
        min_value = 0 if name in _MAY_BE_ZERO else 1 if whole else MIN_SECONDS
        if not is_number or not min_value <= value < math.inf:
            yield checks.Error(
                f"FEED: {name} must be a {'whole ' if whole else ''}number, at least {min_value}.",
                id="feed.E003",
                hint="Durations are in seconds.",
            )


def _check_order(numbers: dict[str, Any]) -> Iterator[checks.CheckMessage]:
    min_ttl = min(numbers["TTL_SECONDS"].values())
    for less, more, bound in (
        ("GRACE_SECONDS", "every TTL", min_ttl),
        ("COUNTS_REFRESH_SECONDS", "COUNTS_STALE_SECONDS", numbers["COUNTS_STALE_SECONDS"]),
        ("TRUST_SECONDS", "AWAY_TTL_SECONDS", numbers["AWAY_TTL_SECONDS"]),
    ):
        if numbers[less] >= bound:
            yield checks.Error(
                f"FEED: {less} must be below {more}.",
                id="feed.E004",
                hint="docs/caching.md says what each is for.",
            )


def _check_deployment(table: dict[str, Any]) -> Iterator[checks.CheckMessage]:
    if settings.WEB_WORKERS > 1 and not settings.REDIS_URL:
        seconds = table.get("AWAY_TTL_SECONDS", POLICY_DEFAULTS["AWAY_TTL_SECONDS"])
        yield checks.Warning(
            "Without Redis, a worker shows the writes of other workers only after"
            f" {seconds} seconds.",
            id="feed.W001",
            hint="Set REDIS_URL, or WEB_WORKERS=1.",
        )
    pool = settings.CACHES["default"].get("OPTIONS", {}).get("CONNECTION_POOL_KWARGS", {})
    if pool.get("max_connections", settings.WEB_THREADS) < settings.WEB_THREADS:
        yield checks.Warning(
            "REDIS_POOL_SIZE is below WEB_THREADS: requests may wait for a connection.",
            id="feed.W003",
            hint="Give the pool as many connections as a worker has threads.",
        )


def connect() -> None:
    """Register the checks of this module with Django."""
    checks.register(check_feed)
