"""What the feed asks of the database: one query a page, whatever its depth.

Always on the primary: a replica may lag behind the commit that invalidated the page.
"""

from collections.abc import Collection
from dataclasses import dataclass

import psycopg
from django.db import OperationalError, connections, router, transaction
from django.db.models import BooleanField, F, Func, Q, QuerySet, Value

from feed.cursors import Cursor
from posts.models import Comment, Like, Mute, Post, User
from posts.text import containing

# What can be looked for has no end, so now and then the planner guesses wrong about it.
SEARCH_MILLISECONDS = 1_000


class TookTooLong(Exception):  # noqa: N818 -- no fault of the database: this was too much for it
    """The database had not found it in the time it is given for that."""


def feed_posts(*, after: Cursor | None, limit: int) -> list[Post]:
    """Up to `limit` visible posts of everybody, newest first, after that place."""
    return _posts(Q(), after, limit)


def author_posts(author: User, *, after: Cursor | None, limit: int) -> list[Post]:
    """Up to `limit` posts of one author, newest first, after that place."""
    return _posts(Q(author=author), after, limit)


def tag_posts(tag: str, *, after: Cursor | None, limit: int) -> list[Post]:
    """Up to `limit` visible posts with this hashtag, newest first, after that place. `tag` is as
    `posts.text.fold` makes it. Raise `TookTooLong`."""
    if _has_indexes():
        there = Func(F("content"), function="posts_hashtags")
        asked = Func(Value(tag), template="ARRAY[%(expressions)s]::text[]")
        return _search(Q(_holds(there, "@>", asked)), after, limit)
    return _posts(Q(content__iregex=containing(tag)), after, limit)


def search_posts(query: str, *, after: Cursor | None, limit: int) -> list[Post]:
    """Up to `limit` visible posts with all words of `query`, newest first, after that place.

    Raise `TookTooLong`. Where there is no full text search, parts of words are found as well, and
    only letters from A to Z in either case.
    """
    if _has_indexes():
        there = Func(F("content"), template="to_tsvector('simple', %(expressions)s)")
        asked = Func(Value(query), template="plainto_tsquery('simple', %(expressions)s)")
        return _search(Q(_holds(there, "@@", asked)), after, limit)
    return _posts(Q(*(Q(content__icontains=word) for word in query.split())), after, limit)


def post_comments(post: Post, *, after: Cursor | None, limit: int) -> list[Comment]:
    """Up to `limit` visible comments on a post, oldest first, after that place."""
    comments = Comment.objects.using(router.db_for_write(Comment)).filter(post=post).visible()
    if after is not None:
        passed = Q(created_at=after.created_at, id__lte=after.id)
        comments = comments.filter(~passed, created_at__gte=after.created_at)
    comments = comments.select_related("author", "reply_to__author")
    return list(comments.order_by("created_at", "id")[:limit])


def visible_post(pk: int) -> Post:
    """Raise `Post.DoesNotExist` if there is none that everybody may see."""
    posts = Post.objects.using(router.db_for_write(Post)).visible().with_counts()
    return posts.select_related("author").get(pk=pk)


def active_author(username: str) -> User:
    """Raise `User.DoesNotExist` if nobody is called so, or is deactivated."""
    if "\0" in username:  # PostgreSQL takes no such text, not even to look for
        raise User.DoesNotExist
    users: QuerySet[User] = User.objects.using(router.db_for_write(User))
    return users.get(username=username, is_active=True)


def active_author_by_id(pk: int) -> User:
    """Raise `User.DoesNotExist` if there is none with this id, or they are deactivated."""
    users: QuerySet[User] = User.objects.using(router.db_for_write(User))
    return users.get(pk=pk, is_active=True)


def _posts(condition: Q, after: Cursor | None, limit: int) -> list[Post]:
    if after is not None:
        # The first half says nothing new; it is what the planner can seek the index with.
        condition &= Q(created_at__lte=after.created_at) & ~Q(
            created_at=after.created_at, id__gte=after.id
        )
    posts = Post.objects.using(router.db_for_write(Post)).visible().filter(condition)
    return list(posts.select_related("author").with_counts().newest_first()[:limit])


def _has_indexes() -> bool:
    """Whether the database has those of posts/migrations/0004_words.py."""
    return connections[router.db_for_write(Post)].vendor == "postgresql"


def _holds(there: Func, operator: str, asked: Func) -> Func:
    return Func(
        there,
        asked,
        template="(%(expressions)s)",
        arg_joiner=f" {operator} ",
        output_field=BooleanField(),
    )


def _search(condition: Q, after: Cursor | None, limit: int) -> list[Post]:
    """Within the time that one search may take, which a transaction alone can set."""
    database = router.db_for_write(Post)
    try:
        with transaction.atomic(using=database), connections[database].cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [SEARCH_MILLISECONDS])
            return _posts(condition, after, limit)
    except OperationalError as error:
        # Not to be taken for a database that is away.
        if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            raise TookTooLong from error
        raise


@dataclass(frozen=True, slots=True)
class Marks:
    """Ids, as in JSON, of the posts that a viewer likes and of the people they have muted."""

    liked: frozenset[str] = frozenset()
    muted: frozenset[str] = frozenset()


def viewer_marks(user_id: int, *, posts: Collection[int], authors: Collection[int]) -> Marks:
    """What a page with these posts by these people looks like to this viewer: one query."""
    liked = Like.objects.filter(user=user_id, post_id__in=posts)
    muted = Mute.objects.filter(user=user_id, muted_id__in=authors)
    rows = liked.values_list(Value("liked"), "post_id").union(
        muted.values_list(Value("muted"), "muted_id"), all=True
    )
    found: dict[str, set[str]] = {"liked": set(), "muted": set()}
    for what, pk in rows:
        found[what].add(str(pk))
    return Marks(frozenset(found["liked"]), frozenset(found["muted"]))


@dataclass(frozen=True, slots=True)
class ViewerPosts:
    """Ids of the posts that the viewer likes, of those they may edit, and of those by people they
    have muted, as in JSON."""

    liked: frozenset[str]
    editable: frozenset[str]
    muted: frozenset[str]


def viewer_posts(user: User, ids: Collection[int]) -> ViewerPosts:
    """What `user` did with these posts, may do, and does not want to see: three queries. Never part
    of a shared body."""
    liked = Like.objects.filter(user=user, post_id__in=ids).values_list("post_id", flat=True)
    posts = Post.objects.filter(pk__in=ids)
    editable = posts.editable_by(user).values_list("pk", flat=True)
    muted = posts.filter(author__muted_by__user=user).values_list("pk", flat=True)
    return ViewerPosts(*(frozenset(map(str, found)) for found in (liked, editable, muted)))
