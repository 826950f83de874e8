"""How a page is cached, as its answers and its key in Redis show.

The page is one that nobody else reads: it begins at a place in the feed that chance has chosen. It
is signed as near the newest posts, for other places are in no shared cache.
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
from feed.verification.site import VISIBLE_SECONDS, Failed, Site, excerpt

# Somebody else's write may come between two steps; on a site that is alive, but not each time.
TRIES = 5
BAD_QUERIES = ("limit=0", "limit=51", "limit=x", "cursor=x", "cursor=%00")


class Page:
    def __init__(self) -> None:
        moment = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=secrets.randbits(48))
        cursor = Cursor(moment, secrets.randbits(31), Near(NEAR_PAGES, 1)).encode()
        self.path = f"/api/feed/?limit=1&cursor={cursor}"
        self.name = f"feed:1:{cursor}"


def hit_after_miss(site: Site) -> None:
    """The first read loads the page and stores it; the others find it."""
    _undisturbed(lambda: _hit_after_miss(site))


def key_and_ttl(site: Site) -> None:
    """After an invalidation, a read leaves the page in Redis, of the new generation, to expire."""
    site.need_redis()
    _undisturbed(lambda: _key_and_ttl(site))


def not_modified(site: Site) -> None:
    path = Page().path
    etag = site.get(path).headers.get("ETag", "")
    if not etag:
        raise Failed(f"GET {path} has no ETag")
    reply = site.get(path, status=304, if_none_match=etag)
    if reply.body:
        raise Failed("a 304 has no body, and this one has")
    site.get(path, if_none_match='"another"')


def bad_input(site: Site) -> None:
    for query in BAD_QUERIES:
        reply = site.get(f"/api/feed/?{query}", status=400)
        kind = reply.headers.get_content_type()
        if kind != "application/problem+json" or reply.json()["status"] != reply.status:
            raise Failed(f"?{query} is refused as {kind}: {excerpt(reply)}")


def _hit_after_miss(site: Site) -> None:
    page = Page()
    first, *later = (
        site.get(page.path).headers.get("Cache-Status", "") for _ in range(1 + site.reads)
    )
    if not first.startswith("feed; fwd=miss; stored"):
        raise Failed(f'the first read says "{first}"')
    misses = [said for said in later if not said.startswith("feed; hit")]
    # Without Redis each worker loads it once.
    if len(misses) > (0 if site.shared else site.workers - 1):
        raise Failed(f'{len(misses)} of {len(later)} later reads say "{misses[0]}"')


def _key_and_ttl(site: Site) -> None:
    page, store = Page(), feed_cache().store
    if store is None:
        raise Failed("no Redis is configured")
    site.get(page.path)
    feed_cache().bump("content", "verify_feed")
    time.sleep(VISIBLE_SECONDS)
    body = site.get(page.path).body
    stored, current = store.get(page.name), store.confirm(seen=0).generation
    key = store.key_names.page(page.name)
    if stored is None:
        raise Failed(f"{key} is not in this command's Redis. Is it the site's?")
    if stored.generation != current:
        raise Failed(f"{key} has generation {stored.generation}; the current one is {current}")
    if stored.body != body:
        raise Failed(f"what lies at {key} is not what was served")
    left_ms = get_redis_connection("default").pttl(key)
    ttl_ms = 1000 * settings.FEED["TTL_SECONDS"]["feed"]
    if not 0 < left_ms <= ttl_ms:
        raise Failed(f"{key} expires in {left_ms} ms, and the TTL is {ttl_ms:g} ms")


def _undisturbed(attempt: Callable[[], None]) -> None:
    for _ in range(TRIES - 1):
        with suppress(Failed):
            attempt()
            return
    attempt()
