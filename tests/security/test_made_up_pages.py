"""Pages of invented cursors, hashtags and searches use no shared room and few threads.

Findings 3 and 11 of the audit.
"""

import json
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
import redis
from django.conf import settings

from feed.cache import NAMESPACE, feed_cache
from feed.cursors import NEAR_PAGES, Cursor, Near
from feed.pages import get_feed_page
from freshcache.cache import FreshCache
from freshcache.policy import Outcome, Room, Work
from freshcache.redis.key_names import KeyNames
from posts.models import Post
from tests.factories import CommentFactory, PostFactory, UserFactory
from tests.security.locks import locked_posts
from tests.site import Site
from tests.unit.feed.door import Answer, Door, stopped_clock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.proof]

NOON = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)
FEED = "/api/feed/"
POSTS = 150


@pytest.fixture
def posts() -> list[Post]:
    """Posts, newest first."""
    author = UserFactory.create(username="ada")
    rows = (
        Post(author=author, content=f"#tag {number}", created_at=NOON + timedelta(hours=number))
        for number in range(POSTS)
    )
    return Post.objects.bulk_create(rows)[::-1]


@pytest.fixture
def door(posts: list[Post]) -> Door:
    stopped_clock()
    feed_cache().self_check.due_at = float("inf")
    return Door()


def unsigned_cursors() -> Iterator[str]:
    """Yield unsigned cursors of positions without a post."""
    number = 0
    while True:
        number += 1
        yield Cursor(NOON + timedelta(hours=60, microseconds=number), number).encode()


def forged_cursors() -> Iterator[str]:
    """Yield cursors with a signature of another key."""
    for cursor in unsigned_cursors():
        yield cursor[:21] + "A" * 15


INVENTED_PATHS: dict[str, Callable[[int, str], str]] = {
    "older posts": lambda _, cursor: f"/?cursor={cursor}",
    "older posts by program": lambda number, cursor: (
        f"{FEED}?limit={number % 50 + 1}&cursor={cursor}"
    ),
    "later comments": lambda _, cursor: f"/posts/PK/?cursor={cursor}",
    "an author's older posts": lambda _, cursor: f"/authors/ada/?cursor={cursor}",
    "an author's older comments": lambda _, cursor: f"/authors/ada/comments/?cursor={cursor}",
    "an author's posts by program": lambda number, _: (
        f"/api/authors/ada/posts/?limit={number % 19 + 1}"
    ),
    "histories": lambda number, _: f"/posts/PK/history/?n={number}",
    "hashtags": lambda number, _: f"/tags/made{number}up/",
}


READS = dict.fromkeys(INVENTED_PATHS, 160) | {"older posts by program": 960}  # 1,760 in all


def stored(door: Door) -> set[object]:
    """Return the names of all pages and responses in shared rooms."""
    memories = feed_cache().memories
    names: set[object] = {name for room in Room if room.shared for name in memories[room]._pages}
    return names | {*door.front.entries._entries} | {*door.front.newest._entries} | in_redis()


def in_redis() -> set[str]:
    """Return the keys of stored pages. Some may have expired meanwhile."""
    if not settings.REDIS_URL:
        return set()
    names = KeyNames(NAMESPACE, settings.REDIS_KEY_PREFIX)
    with redis.Redis.from_url(settings.REDIS_URL, protocol=2, decode_responses=True) as client:
        return {*client.keys(f"{names.tag}*")} - {
            names.generation,
            names.counts_version,
            names.stats,
        }


@pytest.mark.parametrize("kind", INVENTED_PATHS)
def test_invented_pages_are_not_stored_in_shared_rooms(
    kind: str, door: Door, posts: list[Post]
) -> None:
    CommentFactory.create(post=posts[0])
    for path in ("/", FEED, f"/posts/{posts[0].pk}/", "/authors/ada/", "/tags/tag/"):
        assert door.get(path).status == 200
    before = stored(door)
    assert len(before) >= 9
    for number, cursor in enumerate(islice(unsigned_cursors(), READS[kind])):
        path = INVENTED_PATHS[kind](number, cursor).replace("PK", str(posts[0].pk))
        assert door.get(path).status == 200, path
    assert stored(door) <= before
    for path in ("/", FEED, f"/posts/{posts[0].pk}/", "/authors/ada/", "/tags/tag/"):
        assert not door.get(path).by_django


@pytest.mark.parametrize("path", ["/?cursor={}", FEED + "?cursor={}"])
def test_cursor_with_a_forged_signature_is_not_stored(path: str, door: Door) -> None:
    door.get(path.format(""))
    before = stored(door)
    for cursor in islice(forged_cursors(), 20):
        assert door.get(path.format(cursor)).status == 200
    assert stored(door) <= before


def test_searches_dates_and_unknown_hashtags_are_not_stored(door: Door) -> None:
    door.get("/")
    before = stored(door)
    for path in (
        "/tags/nothing/",
        "/search/?q=word",
        door.get("/?date=2024-05-18").headers["Location"],
    ):
        for _ in range(3):
            assert door.get(path).status == 200
    assert stored(door) <= before


def walk(door: Door, path: str = FEED) -> Iterator[tuple[str, Answer]]:
    """Read all pages from the newest to the last, by `next`; yield each path and response."""
    separator = "&" if "?" in path else "?"
    current: str | None = path
    while current is not None:
        answer = door.get(current)
        yield current, answer
        cursor = json.loads(answer.body)["next"]
        current = cursor and f"{path}{separator}cursor={cursor}"


def test_only_pages_near_the_newest_are_shared(door: Door, posts: list[Post]) -> None:
    for _ in range(2):
        walked = list(walk(door))
    assert len(walked) == 8
    by_django = [door.get(path).by_django for path, _ in walked]
    assert by_django == [False] * (1 + NEAR_PAGES) + [True, True]
    seen = [post["id"] for _, answer in walked for post in json.loads(answer.body)["posts"]]
    assert seen == [str(post.pk) for post in posts]


def test_signed_cursor_is_valid_for_one_limit_only(door: Door) -> None:
    """Otherwise each signed cursor would allow fifty pages."""
    _, first = next(walk(door))
    near = json.loads(first.body)["next"]
    before = stored(door)
    for limit in (19, 21, 50):
        assert door.get(f"{FEED}?limit={limit}&cursor={near}").status == 200
    assert stored(door) == before
    door.get(f"{FEED}?cursor={near}")
    assert stored(door) > before


def test_cursor_always_gives_the_same_body(door: Door, posts: list[Post]) -> None:
    """Signed and unsigned cursors of a position show the same posts and differ in `next`."""
    near = Cursor(posts[19].created_at, posts[19].pk, Near(1, 20))
    unsigned = Cursor(posts[19].created_at, posts[19].pk)
    pages: dict[Cursor, Any] = {}
    for cursor in (near, unsigned, near, unsigned):
        body = json.loads(door.get(f"{FEED}?cursor={cursor.encode()}").body)
        assert pages.setdefault(cursor, body) == body
    assert pages[near]["posts"] == pages[unsigned]["posts"]
    assert Cursor.decode(pages[near]["next"]).near == Near(2, 20)
    assert Cursor.decode(pages[unsigned]["next"]).near is None
    assert len(pages[unsigned]["next"]) == 22


def test_cursor_stays_valid_after_its_post_is_deleted(door: Door, posts: list[Post]) -> None:
    cursors = [
        Cursor(posts[19].created_at, posts[19].pk, near).encode() for near in (None, Near(1, 20))
    ]
    posts[19].delete()
    for cursor in cursors:
        first, *_ = json.loads(door.get(f"{FEED}?cursor={cursor}").body)["posts"]
        assert first["id"] == str(posts[20].pk)


def test_hashtag_page_is_shared_only_if_a_post_has_the_hashtag(door: Door) -> None:
    assert door.get("/tags/tag/").by_django
    assert not door.get("/tags/tag/").by_django
    Post.objects.all().delete()
    assert door.get("/tags/tag/").status == 200
    Post.objects.create(author=UserFactory.create(), content="other")
    before = stored(door)
    for _ in range(2):
        assert door.get("/tags/tag/").by_django
    assert stored(door) <= before


def test_many_posts_do_not_evict_the_newest_page(
    door: Door, posts: list[Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither from memory, which holds the last good page, nor from the front door."""
    for path in ("/", FEED):
        door.get(path)
    door.front.entries._max_bytes = 500_000
    monkeypatch.setattr(feed_cache().memories[Room.LINKED], "_max_bytes", 100_000)
    for post in posts:
        door.get(f"/posts/{post.pk}/")
        door.get(f"/?made={post.pk}")
    assert len(door.front.entries) < 20
    for path in ("/", FEED):
        assert not door.get(path).by_django
    assert feed_cache().memories[Room.NEWEST].get("feed:20:newest")


@pytest.mark.parametrize(("threads", "limit"), [(1, 1), (2, 1), (4, 2), (5, 2), (64, 32)])
def test_searches_use_at_most_half_of_the_threads(threads: int, limit: int) -> None:
    policy = replace(feed_cache().policy, threads=threads)
    gate = FreshCache("feed", policy=policy, store=None).gates[Work.SLOW]
    assert gate._readers._value == limit
    assert gate._loads._value == min(2, limit)


@pytest.mark.postgres
@pytest.mark.redis
def test_feed_is_served_while_searches_hang(
    posts: list[Post], serve: Callable[..., Site], wait_until: Callable[..., None]
) -> None:
    """The feed is served while searches hang, each up to its limit of a second."""
    site = serve(WEB_WORKERS="1", WEB_THREADS="4")
    for _ in range(2):
        assert site.get(FEED).status == 200
    hanging = "SELECT pid, query_start FROM pg_stat_activity WHERE wait_event_type = 'Lock'"

    def answered_while_they_hang() -> bool:
        with ThreadPoolExecutor(12) as pool, locked_posts() as database:
            searches = [
                pool.submit(site.get, f"/search/?q={secrets.token_hex(4)}") for _ in range(12)
            ]
            wait_until(lambda: len(database.execute(hanging).fetchall()) == 1)
            before = {*database.execute(hanging).fetchall()}
            assert {site.get(FEED).status for _ in range(5)} == {200}
            after = {*database.execute(hanging).fetchall()}
            database.rollback()
        assert {search.result().status for search in searches} <= {200, 503}
        return before == after

    # On a busy machine the five reads may take longer than the limit of a search.
    wait_until(answered_while_they_hang, 20)


def test_eight_clients_can_read_the_whole_feed_at_once(
    posts: list[Post], serve: Callable[..., Site]
) -> None:
    """Programs that read the whole feed are normal: they may wait, but are not refused."""
    PostFactory.create_batch(100)
    site = serve(WEB_WORKERS="1", WEB_THREADS="4")

    def walk(limit: int) -> int:
        seen, cursor = 0, ""
        while True:
            reply = site.get(f"{FEED}?limit={limit}{cursor}")
            assert reply.status == 200
            page = reply.json()
            seen += len(page["posts"])
            if page["next"] is None:
                return seen
            cursor = f"&cursor={page['next']}"

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(walk, range(3, 11))) == {POSTS + 100}


def test_isolated_read_without_a_free_place_is_answered_with_503(
    door: Door, posts: list[Post]
) -> None:
    gate = feed_cache().gates[Work.ISOLATED]
    gate._wait_seconds = 0.01
    older = next(unsigned_cursors())
    while gate._loads.acquire(blocking=False):
        pass
    for path in (
        f"/?cursor={older}",
        f"{FEED}?cursor={older}",
        f"/posts/{posts[0].pk}/?cursor={older}",
        f"/authors/ada/?cursor={older}",
    ):
        answer = door.get(path)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5"), path
        assert answer.headers["Cache-Control"] == "no-store"
        assert b"Try again in a moment" in answer.body
    assert door.get("/").status == 200
    gate._loads.release()
    assert door.get(f"/?cursor={older}").status == 200


def test_isolated_page_is_a_hit_until_posts_change(posts: list[Post]) -> None:
    after = Cursor.decode(next(unsigned_cursors()))
    outcomes = [get_feed_page(after=after).outcome for _ in range(2)]
    assert outcomes == [Outcome.MISS, Outcome.HIT]
    posts[0].delete()
    assert get_feed_page(after=after).outcome is Outcome.MISS
