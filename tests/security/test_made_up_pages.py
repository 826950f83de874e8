"""Findings 3 and 11: what anybody can make up takes no room that others use, nor their threads."""

import json
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import psycopg
import pytest
import redis
from django.conf import settings
from django.db import connection

from feed.cache import NAMESPACE, feed_cache
from feed.cursors import NEAR_PAGES, Cursor, Near
from feed.pages import get_feed_page
from freshcache.cache import FreshCache
from freshcache.policy import Outcome, Room, Work
from freshcache.redis.key_names import KeyNames
from posts.models import Post
from tests.factories import CommentFactory, PostFactory, UserFactory
from tests.site import Site
from tests.unit.feed.door import Answer, Door, stopped_clock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

NOON = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)
FEED = "/api/feed/"
POSTS = 150


@pytest.fixture
def posts() -> list[Post]:
    """Newest first."""
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


def made_up() -> Iterator[str]:
    """Bare cursors of places where no post is."""
    number = 0
    while True:
        number += 1
        yield Cursor(NOON + timedelta(hours=60, microseconds=number), number).encode()


def signed_by_another() -> Iterator[str]:
    """As this site signs them, but with another key."""
    for cursor in made_up():
        yield cursor[:21] + "A" * 15


MADE_UP: dict[str, Callable[[int, str], str]] = {
    "older posts": lambda _, cursor: f"/?cursor={cursor}",
    "older posts by program": lambda number, cursor: (
        f"{FEED}?limit={number % 50 + 1}&cursor={cursor}"
    ),
    "later comments": lambda _, cursor: f"/posts/PK/?cursor={cursor}",
    "an author's older posts": lambda _, cursor: f"/authors/ada/?cursor={cursor}",
    "hashtags": lambda number, _: f"/tags/made{number}up/",
}


PLACES = dict.fromkeys(MADE_UP, 160) | {"older posts by program": 960}  # 1,600 in all


def kept(door: Door) -> set[object]:
    """What is in the rooms that all readers share."""
    memories = feed_cache().memories
    names: set[object] = {name for room in Room if room.shared for name in memories[room]._pages}
    return names | {*door.front.entries._entries} | {*door.front.newest._entries} | in_redis()


def in_redis() -> set[str]:
    """The keys there, but for those of the cache itself; old pages may have gone meanwhile."""
    if not settings.REDIS_URL:
        return set()
    names = KeyNames(NAMESPACE, settings.REDIS_KEY_PREFIX)
    with redis.Redis.from_url(settings.REDIS_URL, protocol=2, decode_responses=True) as client:
        return {*client.keys(f"{names.tag}*")} - {names.generation, names.counts, names.stats}


@pytest.mark.parametrize("kind", MADE_UP)
def test_made_up_places_leave_everybody_s_rooms_as_they_were(
    kind: str, door: Door, posts: list[Post]
) -> None:
    CommentFactory.create(post=posts[0])
    for path in ("/", FEED, f"/posts/{posts[0].pk}/", "/authors/ada/", "/tags/tag/"):
        assert door.get(path).status == 200
    before = kept(door)
    assert len(before) >= 9
    for number, cursor in enumerate(islice(made_up(), PLACES[kind])):
        path = MADE_UP[kind](number, cursor).replace("PK", str(posts[0].pk))
        assert door.get(path).status == 200, path
    assert kept(door) <= before
    for path in ("/", FEED, f"/posts/{posts[0].pk}/", "/authors/ada/", "/tags/tag/"):
        assert not door.get(path).by_django


@pytest.mark.parametrize("path", ["/?cursor={}", FEED + "?cursor={}"])
def test_a_signature_cannot_be_made_up(path: str, door: Door) -> None:
    door.get(path.format(""))
    before = kept(door)
    for cursor in islice(signed_by_another(), 20):
        assert door.get(path.format(cursor)).status == 200
    assert kept(door) <= before


def test_neither_searches_nor_dates_nor_unknown_hashtags_are_kept(door: Door) -> None:
    door.get("/")
    before = kept(door)
    for path in (
        "/tags/nothing/",
        "/search/?q=word",
        door.get("/?date=2024-05-18").headers["Location"],
    ):
        for _ in range(3):
            assert door.get(path).status == 200
    assert kept(door) <= before


def walk(door: Door, path: str = FEED) -> Iterator[tuple[str, Answer]]:
    """From the newest page to the end, by `next`."""
    separator = "&" if "?" in path else "?"
    asked: str | None = path
    while asked is not None:
        answer = door.get(asked)
        yield asked, answer
        following = json.loads(answer.body)["next"]
        asked = following and f"{path}{separator}cursor={following}"


def test_the_pages_that_the_newest_ones_link_to_are_shared_and_those_after_them_are_not(
    door: Door, posts: list[Post]
) -> None:
    for _ in range(2):
        walked = list(walk(door))
    assert len(walked) == 8
    by_django = [door.get(path).by_django for path, _ in walked]
    assert by_django == [False] * (1 + NEAR_PAGES) + [True, True]
    seen = [post["id"] for _, answer in walked for post in json.loads(answer.body)["posts"]]
    assert seen == [str(post.pk) for post in posts]


def test_a_near_cursor_is_near_for_its_own_limit_only(door: Door) -> None:
    """Or each could be asked for with fifty limits."""
    _, first = next(walk(door))
    near = json.loads(first.body)["next"]
    before = kept(door)
    for limit in (19, 21, 50):
        assert door.get(f"{FEED}?limit={limit}&cursor={near}").status == 200
    assert kept(door) == before
    door.get(f"{FEED}?cursor={near}")
    assert kept(door) > before


def test_a_place_has_one_body_for_all_who_ask_by_one_name(door: Door, posts: list[Post]) -> None:
    """Near and bare cursors of a place show the same posts; each says what follows in its way."""
    near = Cursor(posts[19].created_at, posts[19].pk, Near(1, 20))
    bare = Cursor(posts[19].created_at, posts[19].pk)
    pages: dict[Cursor, Any] = {}
    for cursor in (near, bare, near, bare):
        body = json.loads(door.get(f"{FEED}?cursor={cursor.encode()}").body)
        assert pages.setdefault(cursor, body) == body
    assert pages[near]["posts"] == pages[bare]["posts"]
    assert Cursor.decode(pages[near]["next"]).near == Near(2, 20)
    assert Cursor.decode(pages[bare]["next"]).near is None
    assert len(pages[bare]["next"]) == 22


def test_a_place_stays_valid_when_its_post_is_gone(door: Door, posts: list[Post]) -> None:
    cursors = [
        Cursor(posts[19].created_at, posts[19].pk, near).encode() for near in (None, Near(1, 20))
    ]
    posts[19].delete()
    for cursor in cursors:
        first, *_ = json.loads(door.get(f"{FEED}?cursor={cursor}").body)["posts"]
        assert first["id"] == str(posts[20].pk)


def test_a_hashtag_is_shared_once_it_is_known_to_be_in_a_post(door: Door) -> None:
    assert door.get("/tags/tag/").by_django
    assert not door.get("/tags/tag/").by_django
    Post.objects.all().delete()
    assert door.get("/tags/tag/").status == 200
    Post.objects.create(author=UserFactory.create(), content="other")
    before = kept(door)
    for _ in range(2):
        assert door.get("/tags/tag/").by_django
    assert kept(door) <= before


def test_thousands_of_posts_push_no_newest_page_out(
    door: Door, posts: list[Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Out of neither the memory, whose page is the last good one, nor the front door."""
    for path in ("/", FEED):
        door.get(path)
    door.front.entries._max_bytes = 500_000
    monkeypatch.setattr(feed_cache().memories[Room.LINKED], "_max_bytes", 100_000)
    for post in posts:
        door.get(f"/posts/{post.pk}/")
        door.get(f"{FEED}?made={post.pk}")
    assert len(door.front.entries) < 20
    for path in ("/", FEED):
        assert not door.get(path).by_django
    assert feed_cache().memories[Room.NEWEST].get("feed:20:newest")


@pytest.mark.parametrize(("threads", "most"), [(1, 1), (2, 1), (4, 2), (5, 2), (64, 32)])
def test_searches_get_at_most_half_of_the_threads(threads: int, most: int) -> None:
    policy = replace(feed_cache().policy, threads=threads)
    gate = FreshCache("feed", policy=policy, store=None).gates[Work.SLOW]
    assert gate._readers._value == most
    assert gate._loads._value == min(2, most)


@contextmanager
def locked_posts() -> Iterator[psycopg.Connection[Any]]:
    """Whoever reads posts waits, until their time is over."""
    place = connection.settings_dict
    with psycopg.connect(
        dbname=place["NAME"], user=place["USER"], host=place["HOST"] or place["OPTIONS"].get("host")
    ) as locking:
        locking.execute("LOCK TABLE posts_post IN ACCESS EXCLUSIVE MODE")
        yield locking
        locking.rollback()


@pytest.mark.postgres
@pytest.mark.redis
def test_searchers_cannot_keep_the_feed_from_its_readers(
    posts: list[Post], serve: Callable[..., Site], wait_until: Callable[..., None]
) -> None:
    """While searches hang, which they may for a second, the feed is answered."""
    site = serve(WEB_WORKERS="1", WEB_THREADS="4")
    for _ in range(2):
        assert site.get(FEED).status == 200
    hanging = "SELECT pid, query_start FROM pg_stat_activity WHERE wait_event_type = 'Lock'"

    def answered_while_they_hang() -> bool:
        with ThreadPoolExecutor(12) as pool, locked_posts() as database:
            searches = [
                pool.submit(site.get, f"/search/?q={secrets.token_hex(4)}") for _ in range(12)
            ]
            wait_until(lambda: len(database.execute(hanging).fetchall()) == 2)
            before = {*database.execute(hanging).fetchall()}
            assert {site.get(FEED).status for _ in range(5)} == {200}
            after = {*database.execute(hanging).fetchall()}
            database.rollback()
        assert {search.result().status for search in searches} <= {200, 503}
        return before == after

    # On a busy machine the five reads may take longer than a search may.
    wait_until(answered_while_they_hang, 20)


def test_eight_walkers_of_the_whole_feed_are_all_answered(
    posts: list[Post], serve: Callable[..., Site]
) -> None:
    """Programs that read all there is are ordinary: they may have to wait, but are not refused."""
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


def test_one_too_many_is_told_to_come_back(door: Door, posts: list[Post]) -> None:
    gate = feed_cache().gates[Work.ISOLATED]
    gate._wait_seconds = 0.01
    older = next(made_up())
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


def test_an_isolated_page_is_a_hit_until_something_changes(posts: list[Post]) -> None:
    after = Cursor.decode(next(made_up()))
    outcomes = [get_feed_page(after=after).outcome for _ in range(2)]
    assert outcomes == [Outcome.MISS, Outcome.HIT]
    posts[0].delete()
    assert get_feed_page(after=after).outcome is Outcome.MISS
