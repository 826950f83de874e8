"""Queries of the feed: the right posts, in one query, by the index."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from feed import trends
from feed.authors import active_author, author_comments, author_numbers
from feed.cursors import Cursor
from feed.marks import marks_on_posts
from feed.queries import author_posts, feed_posts
from posts.models import Comment, Like, Mute, Post, User
from posts.rows import PostRow
from tests.factories import CommentFactory, LikeFactory, PostFactory, UserFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)
FIRST_MOMENT = Cursor(datetime.min.replace(tzinfo=UTC), 0)
LAST_MOMENT = Cursor(datetime.max.replace(tzinfo=UTC), 2**63 - 1)


def place(post: Post | PostRow) -> Cursor:
    return Cursor(post.created_at, post.pk)


def keys(posts: Iterable[Post | PostRow]) -> list[int]:
    return [post.pk for post in posts]


def walk(limit: int, meanwhile: Callable[[list[int]], object] = len) -> list[int]:
    """Every post from the newest to the oldest; `meanwhile` gets what was seen, page by page."""
    seen: list[int] = []
    after: Cursor | None = None
    while posts := feed_posts(after=after, limit=limit):
        seen += keys(posts)
        assert len(seen) < 1_000, "the walk does not end"
        after = place(posts[-1])
        meanwhile(seen)
    return seen


def same_moment(count: int) -> list[Post]:
    """Posts of which many share a created_at, newest first."""
    author = UserFactory.create()
    rows = (
        Post(author=author, content=f"{n}", created_at=NOON - timedelta(microseconds=n // 17))
        for n in range(count)
    )
    posts = Post.objects.bulk_create(rows)
    return sorted(posts, key=lambda post: (post.created_at, post.pk), reverse=True)


@pytest.mark.parametrize("limit", [1, 7, 16, 17, 18, 50])
def test_pagination_gives_posts_of_one_moment_once_and_in_order(limit: int) -> None:
    posts = same_moment(120)
    assert walk(limit) == keys(posts)


def test_new_posts_do_not_shift_pagination() -> None:
    posts = same_moment(120)

    def write(seen: list[int]) -> None:
        PostFactory.create(created_at=NOON + timedelta(seconds=len(seen)))

    assert walk(10, write) == keys(posts)


def test_deleted_posts_do_not_shift_pagination() -> None:
    posts = keys(same_moment(120))
    never_seen: list[int] = []

    def delete(seen: list[int]) -> None:
        # The one on which the cursor stands, and some that are still to come.
        here = posts.index(seen[-1])
        never_seen.extend(posts[here + 2 : here + 5])
        Post.objects.filter(pk__in=[seen[-1], *never_seen]).delete()

    seen = walk(10, delete)
    assert seen == [post for post in posts if post not in never_seen]
    assert never_seen


def test_cursor_of_a_deleted_post_keeps_its_position() -> None:
    posts = same_moment(40)
    after = place(posts[20])
    posts[20].delete()
    assert keys(feed_posts(after=after, limit=5)) == keys(posts[21:26])


def test_post_at_the_cursor_is_not_repeated() -> None:
    newer, older = same_moment(2)
    assert keys(feed_posts(after=place(newer), limit=5)) == [older.pk]


def test_extreme_cursors_give_nothing_and_everything() -> None:
    posts = same_moment(3)
    assert feed_posts(after=FIRST_MOMENT, limit=5) == []
    assert keys(feed_posts(after=LAST_MOMENT, limit=5)) == keys(posts)


def test_posts_of_deactivated_authors_are_skipped() -> None:
    shown = [PostFactory.create(created_at=NOON - timedelta(seconds=n)) for n in range(4)]
    PostFactory.create(author__is_active=False, created_at=NOON)
    PostFactory.create(author__is_active=False, created_at=NOON - timedelta(seconds=1))
    assert keys(feed_posts(after=None, limit=3)) == keys(shown[:3])


def test_author_page_has_only_posts_of_the_author() -> None:
    posts = same_moment(20)
    PostFactory.create_batch(3, created_at=NOON)
    author = posts[0].author_id
    first = author_posts(author, after=None, limit=12)
    assert keys(first) == keys(posts[:12])
    rest = author_posts(author, after=place(first[-1]), limit=12)
    assert keys(rest) == keys(posts[12:])


def test_an_author_is_found_by_username_only_while_active() -> None:
    ada = UserFactory.create(username="ada")
    UserFactory.create(username="gone", is_active=False)
    assert active_author("ada").profile.author.pk == ada.pk
    for username in ("gone", "nobody", "Ada", ""):
        with pytest.raises(User.DoesNotExist):
            active_author(username)


def test_likes_and_comments_are_counted_independently() -> None:
    post = PostFactory.create()
    LikeFactory.create_batch(3, post=post)
    CommentFactory.create_batch(2, post=post)
    CommentFactory.create(post=post, author__is_active=False)
    (found,) = feed_posts(after=None, limit=5)
    assert (found.likes_count, found.comments_count) == (3, 2)


@pytest.mark.parametrize("limit", [1, 20, 51])
def test_a_page_is_one_query_whatever_its_size_and_depth(
    limit: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    posts = same_moment(60)
    author = posts[0].author_id
    for after in (None, place(posts[2]), place(posts[50])):
        for read in (partial(feed_posts, limit=limit), partial(author_posts, author, limit=limit)):
            with django_assert_num_queries(1):
                names = [post.author.shown_name for post in read(after=after)]
            assert names


def test_marks_of_a_viewer_cost_three_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    viewer = UserFactory.create()
    written, liked, other, unasked = PostFactory.create(author=viewer), *PostFactory.create_batch(3)
    for post in (written, liked, unasked):
        LikeFactory.create(post=post, user=viewer)
    LikeFactory.create(post=other)
    Mute.objects.create(user=viewer, muted=other.author)
    Mute.objects.create(user=viewer, muted=unasked.author)
    with django_assert_num_queries(3 + 2):
        did = marks_on_posts(viewer, [written.pk, liked.pk, other.pk])
    assert did.liked == [str(written.pk), str(liked.pk)]
    assert did.editable == [str(written.pk)]
    assert did.muted == [str(other.pk)]


@pytest.fixture
def long_feed() -> list[Post]:
    """Enough posts that the planner has a choice, by forty authors."""
    authors = User.objects.bulk_create(User(username=f"author{n}") for n in range(40))
    rows = [
        Post(author=authors[n % 40], content="x" * 99, created_at=NOON - timedelta(minutes=n // 3))
        for n in range(6_000)
    ]
    posts = Post.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return sorted(posts, key=lambda post: (post.created_at, post.pk), reverse=True)


def plan(read: Callable[[], object]) -> str:
    """Return the database's plan of the one query of `read`."""
    with CaptureQueriesContext(connection) as queries:
        read()
    (query,) = queries.captured_queries
    return explained(query["sql"])


def explained(sql: str) -> str:
    """Return the database's plan of a query."""
    explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {sql}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def test_feed_pages_use_the_index(long_feed: list[Post]) -> None:
    for after in (None, *(place(long_feed[depth]) for depth in (20, 3_000, 5_900))):
        steps = plan(partial(feed_posts, after=after, limit=21))
        assert "post_newest_first" in steps
        assert "Sort" not in steps
        assert "TEMP B-TREE" not in steps
        if after is not None:  # it begins where the page begins, and not at the top
            seek = {"postgresql": "Index Cond: (created_at <=", "sqlite": "(created_at<?)"}
            assert seek[connection.vendor] in steps


def test_author_pages_use_the_index_of_authors(long_feed: list[Post]) -> None:
    author = User.objects.get(username="author0")
    of_author = [post for post in long_feed if post.author_id == author.pk]
    for after in (None, *(place(of_author[depth]) for depth in (20, 100))):
        steps = plan(partial(author_posts, author.pk, after=after, limit=21))
        assert "post_author_newest_first" in steps
        assert "Sort" not in steps
        assert "TEMP B-TREE" not in steps


def test_views_of_authors_use_their_indexes(long_feed: list[Post]) -> None:
    author = User.objects.get(username="author0")
    Comment.objects.bulk_create(
        Comment(author_id=post.author_id, post=long_feed[0], content="x", created_at=NOON)
        for post in long_feed
    )
    for n, post in enumerate(long_feed):
        post.image = "posts/a.webp" if n % 7 == 0 else ""
    Post.objects.bulk_update(long_feed, ["image"], batch_size=1_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for after in (None, Cursor(NOON + timedelta(days=1), 1)):
        steps = plan(partial(author_comments, author.pk, after=after, limit=21))
        assert "comment_author_newest_first" in steps
        assert "Sort" not in steps
        assert "TEMP B-TREE" not in steps
    steps = plan(partial(author_posts, author.pk, after=None, limit=21, with_image=True))
    assert "post_author_with_image" in steps
    assert "Sort" not in steps
    assert "TEMP B-TREE" not in steps


def test_numbers_are_counted_by_indexes_up_to_their_maximum(long_feed: list[Post]) -> None:
    """Also of an author who wrote most of the posts."""
    author = User.objects.get(username="author0")
    Post.objects.filter(pk__in=keys(long_feed[:5_000])).update(author=author)
    Like.objects.bulk_create(Like(post=post, user=author) for post in long_feed)
    Comment.objects.bulk_create(
        Comment(author_id=author.pk, post=post, content="x") for post in long_feed
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    steps = plan(partial(author_numbers, author.pk))
    assert "Sort" not in steps
    assert "TEMP B-TREE" not in steps
    assert "newest_first" in steps  # of the author's posts, or of all: most are the author's
    assert author_numbers(author.pk) == (1_000, 1_000, 1_000)


def test_trends_read_the_newest_posts_by_their_index(
    long_feed: list[Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trends, "RECENT_POSTS", 100)  # most of them would be sorted
    since = long_feed[-1].created_at
    with CaptureQueriesContext(connection) as queries:
        trends.recent_posts(since)
    found = next(query for query in queries.captured_queries if "LIMIT" in query["sql"])
    assert "post_newest_first" in explained(found["sql"])
