"""Queries of the feed: one for each page, at the same cost for each cursor.

They run on the primary, because a replica may lag behind the commit that invalidated the page.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Literal

import psycopg
from django.db import OperationalError, connections, router, transaction
from django.db.models import (
    BigIntegerField,
    BooleanField,
    DateTimeField,
    Expression,
    F,
    Func,
    Q,
    TextField,
)

from feed.cursors import Cursor
from feed.errors import QueryTooSlowError
from posts.compiled_query import CompiledQuery, Parameter
from posts.models import Comment, Post
from posts.rows import CommentRow, PostRow
from posts.text import containing

# The planner cannot estimate every search, so a rare one would run for long.
SEARCH_MILLISECONDS = 1_000

Kind = Literal["feed", "author", "images", "tag", "search"]
MOMENT = Parameter("moment", DateTimeField())
ID = Parameter("id", BigIntegerField())
TAG = Parameter("tag", TextField())
QUERY = Parameter("query", TextField())


def feed_posts(*, after: Cursor | None, limit: int) -> list[PostRow]:
    """Return up to `limit` visible posts, newest first, after the cursor."""
    return _posts("feed", after, limit)


def cursor_of_newer_posts(cursor: Cursor, *, limit: int) -> Cursor | None:
    """Return the cursor of the page that ends just above this cursor.

    None if there are only `limit` such posts or fewer, which the newest page has.
    """
    moment, pk = cursor.created_at, cursor.id
    posts = Post.objects.using(router.db_for_write(Post)).visible()
    # As in `_compiled_posts`, the first half is for the planner.
    newer = posts.filter(Q(created_at__gte=moment) & ~Q(created_at=moment, id__lte=pk))
    keys = newer.order_by("created_at", "id").values_list("created_at", "id")[: limit + 1]
    if len(found := list(keys)) <= limit:
        return None
    created_at, first = found[limit - 1]
    return Cursor(created_at, first + 1)


def author_posts(
    author_id: int, *, after: Cursor | None, limit: int, with_image: bool = False
) -> list[PostRow]:
    """Return up to `limit` posts of one author, newest first, after the cursor."""
    return _posts("images" if with_image else "author", after, limit, author=author_id)


def tag_posts(tag: str, *, after: Cursor | None, limit: int) -> list[PostRow]:
    """Return up to `limit` visible posts with this hashtag, newest first, after the cursor.

    `tag` is a result of `posts.text.fold`.

    Raises:
        QueryTooSlowError: It takes more than SEARCH_MILLISECONDS.
    """
    if _has_indexes():
        with limited_time():
            return _posts("tag", after, limit, tag=tag)
    return _posts("tag", after, limit, tag=containing(tag))


def search_posts(query: str, *, after: Cursor | None, limit: int) -> list[PostRow]:
    """Return up to `limit` visible posts with all words of `query`, newest first, after the cursor.

    What a word is, and when it is found: posts/search_words.py.

    Raises:
        QueryTooSlowError: It takes more than SEARCH_MILLISECONDS.
    """
    with limited_time():
        return _posts("search", after, limit, query=query)


def post_comments(post_id: int, *, after: Cursor | None, limit: int) -> list[CommentRow]:
    """Return up to `limit` visible comments on a post, oldest first, after the cursor."""
    using = router.db_for_write(Comment)
    compiled = _compiled_comments(using, limit, older=after is not None)
    return compiled.rows(post=post_id, **keyset(after))


def newest_comments(post_id: int, *, after: Cursor | None, limit: int) -> list[CommentRow]:
    """Return up to `limit` visible comments on a post, newest first, after the cursor."""
    using = router.db_for_write(Comment)
    compiled = _compiled_newest_comments(using, limit, older=after is not None)
    return compiled.rows(post=post_id, **keyset(after))


def visible_post(pk: int) -> PostRow:
    """Return the post with this id.

    Raises:
        Post.DoesNotExist: There is none, or its author is not active.
    """
    found = _compiled_post(router.db_for_write(Post)).rows(pk=pk)
    if not found:
        raise Post.DoesNotExist
    return found[0]


def _posts(kind: Kind, after: Cursor | None, limit: int, **values: Any) -> list[PostRow]:
    using = router.db_for_write(Post)
    compiled = _compiled_posts(using, kind, limit, older=after is not None)
    return compiled.rows(**values, **keyset(after))


def keyset(after: Cursor | None) -> dict[str, Any]:
    """Return the parameters MOMENT and ID of a query that begins after the cursor."""
    return {} if after is None else {"moment": after.created_at, "id": after.id}


# One for each kind and limit (51 of the API), with and without a cursor.
@lru_cache(maxsize=384)
def _compiled_posts(using: str, kind: Kind, limit: int, *, older: bool) -> CompiledQuery[PostRow]:
    posts = Post.objects.using(using).visible().filter(_condition(kind))
    if older:
        # The first half is redundant, but the planner can use the index with it.
        posts = posts.filter(Q(created_at__lte=MOMENT) & ~Q(created_at=MOMENT, id__gte=ID))
    posts = posts.with_counts().newest_first()
    return CompiledQuery(PostRow.select(posts)[:limit], PostRow.of)


def _condition(kind: Kind) -> Q:
    content = F("content")
    match kind:
        case "author":
            return Q(author=Parameter("author", BigIntegerField()))
        case "images":
            return ~Q(image="") & _condition("author")
        case "tag" if _has_indexes():
            tags = Func(TAG, template="ARRAY[%(expressions)s]::text[]")
            return Q(_holds(Func(content, function="posts_hashtags"), "@>", tags))
        case "tag":
            return Q(content__iregex=TAG)
        case "search":
            return Q(has_words(content))
    return Q()


def has_words(text: Expression | F) -> Func:
    """Return the condition that a text has all words of the parameter `query`."""
    if not _has_indexes():
        return Func(text, QUERY, function="posts_has_words", output_field=BooleanField())
    # An empty array would be in every other.
    words = Func(QUERY, template="nullif(posts_words(%(expressions)s), '{}')")
    return _holds(Func(text, function="posts_search_keys"), "@>", words)


@lru_cache(maxsize=8)
def _compiled_comments(using: str, limit: int, *, older: bool) -> CompiledQuery[CommentRow]:
    comments = Comment.objects.using(using).filter(post=Parameter("post", BigIntegerField()))
    if older:
        passed = Q(created_at=MOMENT, id__lte=ID)
        comments = comments.filter(~passed, created_at__gte=MOMENT)
    comments = comments.visible().with_counts().order_by("created_at", "id")
    return CompiledQuery(CommentRow.select(comments)[:limit], CommentRow.of)


@lru_cache(maxsize=8)
def _compiled_newest_comments(using: str, limit: int, *, older: bool) -> CompiledQuery[CommentRow]:
    comments = Comment.objects.using(using).filter(post=Parameter("post", BigIntegerField()))
    if older:
        passed = Q(created_at=MOMENT, id__gte=ID)
        comments = comments.filter(~passed, created_at__lte=MOMENT)
    comments = comments.visible().with_counts().order_by("-created_at", "-id")
    return CompiledQuery(CommentRow.select(comments)[:limit], CommentRow.of)


@lru_cache(maxsize=8)
def _compiled_post(using: str) -> CompiledQuery[PostRow]:
    posts = Post.objects.using(using).visible().filter(pk=Parameter("pk", BigIntegerField()))
    return CompiledQuery(PostRow.select(posts.with_counts()), PostRow.of)


def _has_indexes() -> bool:
    """Whether the database has the functions and indexes of migrations 0004 and 0012."""
    return connections[router.db_for_write(Post)].vendor == "postgresql"


def _holds(column: Func, operator: str, value: Func) -> Func:
    return Func(
        column,
        value,
        template="(%(expressions)s)",
        arg_joiner=f" {operator} ",
        output_field=BooleanField(),
    )


@contextmanager
def limited_time() -> Iterator[None]:
    """Run queries with a time limit, which needs a transaction. SQLite has none.

    Raises:
        QueryTooSlowError: It takes more than SEARCH_MILLISECONDS.
    """
    if not _has_indexes():
        yield
        return
    database = router.db_for_write(Post)
    try:
        with transaction.atomic(using=database):
            with connections[database].cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = %s", [SEARCH_MILLISECONDS])
            yield
    except OperationalError as error:
        # The database answers, so this must not count as a database failure.
        if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            raise QueryTooSlowError from error
        raise
