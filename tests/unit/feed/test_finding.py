"""Queries for hashtags and words: the right posts, by an index, within a time limit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feed import queries
from feed.cache import feed_cache
from feed.cursors import Cursor
from feed.errors import QueryTooSlowError
from feed.pages import get_feed_page, get_search_page
from feed.queries import search_posts, tag_posts
from freshcache.policy import Outcome
from posts.models import Post, User
from posts.rows import PostRow
from posts.text import hashtags
from tests.factories import PostFactory, UserFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)

TEXTS = [
    "#Django and Redis",
    "django without a sign",
    "a#django, /#django, &#django: none of them",
    "#djangonauts",
    "REDIS, (#django)!",
    "#redis #django_ #2024 #Müll",
    "https://example.org/#django",
    "nothing of it",
]


@pytest.fixture
def posts() -> list[Post]:
    """Make posts with these texts, the first the newest."""
    author = UserFactory.create()
    return [
        PostFactory.create(author=author, content=text, created_at=NOON - timedelta(minutes=n))
        for n, text in enumerate(TEXTS)
    ]


def texts(found: list[PostRow]) -> list[str]:
    return [post.content for post in found]


@pytest.mark.parametrize("tag", ["django", "djangonauts", "redis", "müll", "django_", "other"])
def test_hashtag_finds_its_posts_newest_first(posts: list[Post], tag: str) -> None:
    found = tag_posts(tag, after=None, limit=20)
    assert texts(found) == [text for text in TEXTS if tag in hashtags(text)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("redis", [0, 4, 5]),
        ("DJANGO redis", [0, 4, 5]),
        ("redis (and)", [0]),
        ("of nothing", [7]),
        ("nothing redis", []),
        ("edis", []),
        ("djangon", [3]),
    ],
)
def test_search_finds_posts_with_all_words_newest_first(
    posts: list[Post], query: str, expected: list[int]
) -> None:
    assert texts(search_posts(query, after=None, limit=20)) == [TEXTS[n] for n in expected]


@pytest.mark.parametrize("query", ["% _ \\", "' OR 1=1 --", "zz & | ! <-> :*", "\\", "((", "'"])
def test_search_operators_are_plain_words(posts: list[Post], query: str) -> None:
    assert search_posts(query, after=None, limit=20) == []


@pytest.mark.parametrize(
    "find", [partial(tag_posts, "django"), partial(search_posts, "django")], ids=["tag", "search"]
)
def test_pagination_gives_each_post_once_without_deactivated_authors(
    find: Callable[..., list[PostRow]],
) -> None:
    author = UserFactory.create()
    rows = (
        Post(author=author, content=f"#django {n}", created_at=NOON - timedelta(seconds=n // 7))
        for n in range(50)
    )
    made = Post.objects.bulk_create(rows)
    PostFactory.create(content="#django", author__is_active=False, created_at=NOON)
    expected = sorted(made, key=lambda post: (post.created_at, post.pk), reverse=True)
    seen: list[PostRow] = []
    after: Cursor | None = None
    while found := find(after=after, limit=8):
        seen += found
        after = Cursor(found[-1].created_at, found[-1].pk)
    assert [row.pk for row in seen] == [post.pk for post in expected]


@contextmanager
def locked() -> Iterator[None]:
    """Lock the posts in another session, so that a search has to wait."""
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("LOCK TABLE posts_post IN ACCESS EXCLUSIVE MODE")
        yield
        other.rollback()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_slow_search_is_cancelled_and_is_no_outage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    post = PostFactory.create(content="#django")
    monkeypatch.setattr(queries, "SEARCH_MILLISECONDS", 50)
    with locked():
        for find in (partial(tag_posts, "django"), partial(search_posts, "django")):
            with pytest.raises(QueryTooSlowError):
                find(after=None, limit=20)
        with pytest.raises(QueryTooSlowError):
            get_search_page("django")
    assert not feed_cache().database.is_down
    assert get_feed_page().outcome is Outcome.MISS
    assert [row.pk for row in search_posts("django", after=None, limit=20)] == [post.pk]
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",), "the limit is the search's alone"


RARE, COMMON = "#rare needle", "#common haystack"


@pytest.fixture
def many_posts() -> list[Post]:
    """Ten thousand by forty authors, every second with a common tag, every thousandth with a rare
    one."""
    authors = User.objects.bulk_create(User(username=f"author{n}") for n in range(40))
    rows = (
        Post(
            author=authors[n % 40],
            content=f"{RARE if n % 1_000 == 0 else COMMON if n % 2 else ''} number {n} {'x' * 99}",
            created_at=NOON - timedelta(minutes=n),
        )
        for n in range(10_000)
    )
    posts = Post.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return posts


def plan(find: Callable[[], object]) -> str:
    """Return PostgreSQL's plan of the search."""
    with CaptureQueriesContext(connection) as context:
        find()
    (query,) = (q["sql"] for q in context.captured_queries if q["sql"].startswith("SELECT"))
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {query}")
        return "\n".join(str(row[0]) for row in cursor.fetchall())


@pytest.mark.postgres
def test_rare_words_use_the_text_index_and_common_ones_the_feed_index(
    many_posts: list[Post],
) -> None:
    depths = [None, *(Cursor(p.created_at, p.pk) for p in (many_posts[20], many_posts[5_000]))]
    for find, index in (
        (partial(tag_posts, "rare"), "posts_post_hashtags"),
        (partial(tag_posts, "nowhere"), "posts_post_hashtags"),
        (partial(search_posts, "needle"), "posts_post_search"),
        (partial(search_posts, "needle rare number"), "posts_post_search"),
        (partial(search_posts, "nowhere"), "posts_post_search"),
        (partial(tag_posts, "common"), "post_newest_first"),
        (partial(search_posts, "haystack"), "post_newest_first"),
        (partial(search_posts, "haystack number"), "post_newest_first"),
    ):
        for after in depths:
            steps = plan(partial(find, after=after, limit=21))
            assert index in steps, steps
            assert "Seq Scan on posts_post" not in steps, steps
            assert index != "post_newest_first" or "Sort" not in steps, steps
