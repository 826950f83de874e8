"""Checks of how a page is cached, by its responses and its key in Redis.

Each check reads a page that no other client reads: it begins at a random position in the feed. Its
cursor is signed as near the newest post, because other positions are in no shared cache.
"""

import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django_redis import get_redis_connection

from feed.cache import feed_cache
from feed.cursors import NEAR_PAGES, Cursor, Near
from feed.errors import CheckFailedError
from feed.verification.deployment import VISIBLE_SECONDS, Deployment, excerpt

# On a busy site another write may come between two steps, but not in each of these attempts.
ATTEMPTS = 5
BAD_QUERIES = ("limit=0", "limit=51", "limit=x", "cursor=x", "cursor=%00")


class Page:
    """A page at a random position: its path on the site, and its name in the cache."""

    def __init__(self) -> None:
        moment = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=secrets.randbits(48))
        cursor = Cursor(moment, secrets.randbits(31), Near(NEAR_PAGES, 1)).encode()
        self.path = f"/api/feed/?limit=1&cursor={cursor}"
        self.name = f"feed:1:{cursor}"


def hit_after_miss(deployment: Deployment) -> None:
    """Check that the first read loads and stores the page, and that later reads are hits."""
    _retry(lambda: _hit_after_miss(deployment))


def key_and_ttl(deployment: Deployment) -> None:
    """Check that after an invalidation a read stores the page in the new generation, with a TTL."""
    deployment.require_redis()
    _retry(lambda: _key_and_ttl(deployment))


def not_modified(deployment: Deployment) -> None:
    """Check that a matching ETag gives a 304 without a body, and another one gives a 200."""
    path = Page().path
    etag = deployment.get(path).headers.get("ETag", "")
    if not etag:
        raise CheckFailedError(f"GET {path} has no ETag")
    reply = deployment.get(path, status=304, if_none_match=etag)
    if reply.body:
        raise CheckFailedError("a 304 has no body, and this one has")
    deployment.get(path, if_none_match='"another"')


def bad_input(deployment: Deployment) -> None:
    """Check that wrong parameters give a 400 in the form of RFC 9457."""
    for query in BAD_QUERIES:
        reply = deployment.get(f"/api/feed/?{query}", status=400)
        content_type = reply.headers.get_content_type()
        if content_type != "application/problem+json" or reply.json()["status"] != reply.status:
            raise CheckFailedError(f"?{query} is refused as {content_type}: {excerpt(reply)}")


def _hit_after_miss(deployment: Deployment) -> None:
    page = Page()
    first, *later = (
        deployment.get(page.path).headers.get("Cache-Status", "")
        for _ in range(1 + deployment.reads)
    )
    if not first.startswith("feed; fwd=miss; stored"):
        raise CheckFailedError(f'the first read says "{first}"')
    misses = [status for status in later if not status.startswith("feed; hit")]
    # Without Redis each worker loads the page once.
    if len(misses) > (0 if deployment.shared else deployment.workers - 1):
        raise CheckFailedError(f'{len(misses)} of {len(later)} later reads say "{misses[0]}"')


def _key_and_ttl(deployment: Deployment) -> None:
    page, store = Page(), feed_cache().store
    if store is None:
        raise CheckFailedError("no Redis is configured")
    deployment.get(page.path)
    feed_cache().bump("content", "verify_feed")
    time.sleep(VISIBLE_SECONDS)
    body = deployment.get(page.path).body
    stored, current = store.get(page.name), store.confirm(seen=0).generation
    key = store.key_names.page(page.name)
    if stored is None:
        raise CheckFailedError(f"{key} is not in this command's Redis. Is it the site's?")
    if stored.generation != current:
        raise CheckFailedError(
            f"{key} has generation {stored.generation}; the current one is {current}"
        )
    if stored.body != body:
        raise CheckFailedError(f"the value of {key} is not what was served")
    left_ms = get_redis_connection("default").pttl(key)
    ttl_ms = 1000 * settings.FEED["TTL_SECONDS"]["feed"]
    if not 0 < left_ms <= ttl_ms:
        raise CheckFailedError(f"{key} expires in {left_ms} ms, and the TTL is {ttl_ms:g} ms")


def _retry(attempt: Callable[[], None]) -> None:
    for _ in range(ATTEMPTS - 1):
        with suppress(CheckFailedError):
            attempt()
            return
    attempt()
