"""Cached pages: one for each kind, cursor and limit, loaded once and kept for its TTL."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from feed.cache import feed_cache
from feed.cursors import Cursor, Near
from feed.pages import get_author_page, get_feed_page
from freshcache.policy import Outcome
from freshcache.served import Served
from posts.models import Post, User
from tests.factories import PostFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)


def ids(served: Served) -> list[int]:
    return [int(post["id"]) for post in served.page.data["posts"]]


def next_cursor(served: Served) -> Cursor | None:
    text: str | None = served.page.data["next"]
    return Cursor.decode(text) if text else None


@pytest.fixture
def posts() -> list[Post]:
    """Forty posts by one author, four of each moment, newest first."""
    author = UserFactory.create(username="ada")
    rows = [
        Post(author=author, content=f"{n}", created_at=NOON.replace(microsecond=n // 4))
        for n in range(40)
    ]
    return Post.objects.bulk_create(rows)[::-1]


@pytest.fixture
def stored() -> Iterator["redis.Redis"]:
    """A client of Redis, to look at the keys."""
    url = str(settings.REDIS_URL)
    with redis.Redis.from_url(url, protocol=2, decode_responses=True) as client:
        yield client


def page_keys(stored: Any) -> list[str]:
    return sorted(key for key in stored.keys("*") if ":page:" in key)


def test_page_has_the_newest_posts_and_the_next_cursor(posts: list[Post]) -> None:
    served = get_feed_page(limit=7)
    assert ids(served) == [post.pk for post in posts[:7]]
    assert next_cursor(served) == Cursor(posts[6].created_at, posts[6].pk, Near(1, 7))


@pytest.mark.parametrize("limit", [39, 40, 41])
def test_the_last_page_has_no_next_one(posts: list[Post], limit: int) -> None:
    served = get_feed_page(limit=limit)
    assert (next_cursor(served) is None) == (limit >= 40)
    after = Cursor(posts[38].created_at, posts[38].pk)
    assert next_cursor(get_feed_page(after=after, limit=1)) is None


def test_empty_feed_is_a_page() -> None:
    assert get_feed_page().page.data == {"posts": [], "next": None}


@pytest.mark.parametrize("limit", [1, 3, 4, 20])
def test_following_next_gives_each_post_once_while_others_write_and_delete(
    posts: list[Post], limit: int
) -> None:
    seen: list[int] = []
    served = get_feed_page(limit=limit)
    while True:
        seen += ids(served)
        newcomer = PostFactory.create()
        PostFactory.create().delete()
        if (after := next_cursor(served)) is None:
            break
        served = get_feed_page(after=after, limit=limit)
        assert newcomer.pk not in ids(served)
    assert seen == [post.pk for post in posts]


def test_each_cursor_and_limit_is_a_separate_page(posts: list[Post]) -> None:
    middle = Cursor(posts[19].created_at, posts[19].pk)
    asked: list[dict[str, Any]] = [
        {"limit": 5},
        {"limit": 6},
        {"limit": 5, "after": middle},
        {"limit": 6, "after": middle},
    ]
    first = [get_feed_page(**which) for which in asked]
    again = [get_feed_page(**which) for which in asked]
    assert [served.outcome for served in first] == [Outcome.MISS] * 4
    assert [served.outcome for served in again] == [Outcome.HIT] * 4
    assert [ids(served) for served in again] == [
        [post.pk for post in posts[start : start + limit]]
        for start, limit in [(0, 5), (0, 6), (20, 5), (20, 6)]
    ]


@pytest.mark.redis
def test_each_page_has_another_key_in_one_cluster_slot(posts: list[Post], stored: Any) -> None:
    get_feed_page(after=next_cursor(get_feed_page()))
    get_feed_page(after=next_cursor(get_feed_page(limit=5)), limit=5)
    get_author_page("ada")
    keys = page_keys(stored)
    assert len(keys) == 5
    tags = {key[: key.index("}") + 1] for key in stored.keys("*{*")}
    assert tags == {f"{settings.REDIS_KEY_PREFIX}:{{feed:global}}"}


@pytest.mark.parametrize("limit", [1, 20, 50])
def test_a_fill_is_one_query_and_a_hit_is_none(
    posts: list[Post], limit: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for after in (None, Cursor(posts[19].created_at, posts[19].pk)):
        with django_assert_num_queries(1):
            assert get_feed_page(after=after, limit=limit).outcome is Outcome.MISS
        with django_assert_num_queries(0):
            assert get_feed_page(after=after, limit=limit).outcome is Outcome.HIT


def test_an_authors_fill_is_three_queries_and_a_hit_is_none(
    posts: list[Post], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3):  # author, numbers, posts
        assert get_author_page("ada").outcome is Outcome.MISS
    with django_assert_num_queries(0):
        assert get_author_page("ada").outcome is Outcome.HIT


@pytest.mark.redis
def test_the_feed_is_kept_for_30_seconds_and_an_authors_page_for_300(
    posts: list[Post], stored: Any
) -> None:
    get_feed_page()
    get_author_page("ada")
    author, feed = page_keys(stored)
    assert ":author:" in author
    assert 295_000 < stored.pttl(author) <= 300_000
    assert ":feed:" in feed
    assert 25_000 < stored.pttl(feed) <= 30_000


def test_unknown_author_has_a_page_as_soon_as_the_account_exists() -> None:
    for _ in range(2):
        with pytest.raises(User.DoesNotExist):
            get_author_page("ada")
    UserFactory.create(username="ada", display_name="Ada")
    page = get_author_page("ada").page.data
    assert page["author"]["display_name"] == "Ada"
    assert page["posts"] == []


def test_authors_of_any_valid_name_have_separate_pages() -> None:
    names = ["ada", "Ada", "ada.b", "ada@b", "ada+b", "ada-b", "ädä", "阿达", "a" * 150]
    for name in names:
        PostFactory.create(author__username=name, content=name)
    for _ in range(2):
        for name in names:
            (post,) = get_author_page(name).page.data["posts"]
            assert post["content"] == name


def test_page_read_in_a_transaction_is_not_stored(posts: list[Post]) -> None:
    with transaction.atomic():
        mine = PostFactory.create(content="not committed")
        inside = get_feed_page(limit=5)
        transaction.set_rollback(True)
    assert inside.outcome is Outcome.BYPASS
    assert ids(inside)[0] == mine.pk
    outside = get_feed_page(limit=5)
    assert outside.outcome is Outcome.MISS
    assert ids(outside) == [post.pk for post in posts[:5]]
    assert feed_cache().metrics.counts()["bypasses"] == 1


def test_a_page_asked_for_with_confirm_has_what_was_committed_a_moment_ago() -> None:
    # Within the time for which this worker would trust the generation that it knows.
    for number in range(20):
        post = PostFactory.create(created_at=NOON.replace(microsecond=number))
        assert ids(get_feed_page(confirm=True))[0] == post.pk


def test_consecutive_pages_are_in_one_order(posts: list[Post]) -> None:
    first = get_feed_page(limit=20).page.data["posts"]
    second = get_feed_page(after=next_cursor(get_feed_page(limit=20)), limit=20).page.data["posts"]
    keys = [(post["created_at"], int(post["id"])) for post in first + second]
    assert all(newer > older for newer, older in pairwise(keys))
