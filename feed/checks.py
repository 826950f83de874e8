"""What is wrong with the settings of the feed, said at start and not at the first request."""

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core import checks

from feed.cache import OTHERS
from freshcache.policy import Policy

KINDS = {"author", "feed", "post", "search", "tag"}
MIN_SECONDS = 0.001  # Redis takes whole milliseconds, and none is an error to it

_MAY_BE_OFF = {"SELF_CHECK_SECONDS", "FRONT_DOOR_BYTES", "CARD_BYTES", "VIEWER_BYTES"}
# Of the cache's policy, and of the feed itself. The others are set elsewhere.
_NUMBERS = {field.name.upper() for field in dataclasses.fields(Policy)} | OTHERS - {"TTL_SECONDS"}
_NUMBERS = {name for name in _NUMBERS if not name.startswith("EDGE_")} - {"ALONE", "THREADS"}


def check_feed(**kwargs: Any) -> list[checks.CheckMessage]:
    """Every check of this module, as one list."""
    table = getattr(settings, "FEED", None)
    if not isinstance(table, dict):
        return [checks.Error("FEED must be a dict.", id="feed.E001", hint="See feedsite/settings.")]
    messages = [*_check_names(table), *_check_values(table)]
    # What compares the numbers needs them to be right.
    return messages or [*_check_order(table), *_check_place()]


def _check_names(table: dict[str, Any]) -> Iterator[checks.CheckMessage]:
    known = _NUMBERS | {"TTL_SECONDS"}
    for name in sorted(table.keys() ^ known):
        word = "is missing from" if name in known else "is not a setting of"
        yield checks.Error(
            f"{name} {word} FEED.", id="feed.E001", hint=f"FEED takes {', '.join(sorted(known))}."
        )


def _check_values(table: dict[str, Any]) -> Iterator[checks.CheckMessage]:
    ttls = table.get("TTL_SECONDS", {})
    if not isinstance(ttls, dict) or ttls.keys() != KINDS:
        yield checks.Error(
            "FEED['TTL_SECONDS'] must give a TTL for each kind of page.",
            id="feed.E002",
            hint=f"The kinds are {', '.join(sorted(KINDS))}.",
        )
        return
    numbers = {name: value for name, value in table.items() if name in _NUMBERS}
    numbers |= {f"TTL_SECONDS[{kind!r}]": ttl for kind, ttl in ttls.items()}
    for name, value in numbers.items():
        whole = name == "LOADS_PER_PROCESS" or name.endswith("_BYTES")
        right = type(value) is int if whole else type(value) in {int, float}
        least = 0 if name in _MAY_BE_OFF else 1 if whole else MIN_SECONDS
        if not right or not least <= value < math.inf:
            yield checks.Error(
                f"FEED: {name} must be a {'whole ' if whole else ''}number, at least {least}.",
                id="feed.E003",
                hint="Durations are in seconds.",
            )


def _check_order(table: dict[str, Any]) -> Iterator[checks.CheckMessage]:
    min_ttl = min(table["TTL_SECONDS"].values())
    for less, more, bound in (
        ("GRACE_SECONDS", "every TTL", min_ttl),
        ("COUNTS_REFRESH_SECONDS", "COUNTS_STALE_SECONDS", table["COUNTS_STALE_SECONDS"]),
        ("TRUST_SECONDS", "AWAY_TTL_SECONDS", table["AWAY_TTL_SECONDS"]),
    ):
        if table[less] >= bound:
            yield checks.Error(
                f"FEED: {less} must be below {more}.",
                id="feed.E004",
                hint="docs/caching.md says what each is for.",
            )


def _check_place() -> Iterator[checks.CheckMessage]:
    if settings.WEB_WORKERS > 1 and not settings.REDIS_URL:
        yield checks.Warning(
            "Several workers, and no Redis: they hear of each other's writes after "
            f"{settings.FEED['AWAY_TTL_SECONDS']} seconds.",
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
    checks.register(check_feed)
