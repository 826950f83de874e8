"""Authors and their numbers, and what the views of their pages show."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from django.db import router
from django.db.models import (
    BigIntegerField,
    CharField,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)

from feed.cursors import Cursor
from feed.queries import ID, MOMENT, keyset
from posts.compiled_query import CompiledQuery, Parameter
from posts.models import Comment, Like, Post, User
from posts.rows import AuthorRow, CommentRow, ProfileRow

View = Literal["posts", "comments", "images"]
# Rows of each kind that are counted at most: it bounds the cost of a page.
MAX_COUNTED = 1_000


class NumbersRow(NamedTuple):
    """Numbers of an author, each up to MAX_COUNTED. `likes`: of the newest MAX_COUNTED posts."""

    posts: int
    comments: int
    likes: int


class AuthorPageRow(NamedTuple):
    """An author as the head of their page shows them."""

    profile: ProfileRow
    numbers: NumbersRow


class PlaceRow(NamedTuple):
    """A post as a place of comments. `comments`: up to one more than its page shows at once."""

    author: AuthorRow
    pk: int
    comments: int

    @classmethod
    def of(cls, columns: Sequence[Any]) -> "PlaceRow":
        """Make it from the columns of `comment_places`."""
        return cls(AuthorRow(*columns[2:]), *columns[:2])


class Counted(Subquery):
    """The number of rows of a subquery, which may have a limit."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def active_author(username: str) -> AuthorPageRow:
    """Return the active user with exactly this name, with numbers: two queries.

    Raises:
        User.DoesNotExist: There is none.
    """
    if "\0" in username:  # PostgreSQL refuses such a text even in a query
        raise User.DoesNotExist
    found = _compiled_author(router.db_for_write(User)).rows(username=username)
    if not found:
        raise User.DoesNotExist
    return AuthorPageRow(found[0], author_numbers(found[0].author.pk))


def author_numbers(pk: int) -> NumbersRow:
    """Return the numbers of the author with this id.

    A query of its own, so that the database knows the author when it makes its plan: of one with
    very many posts it must not read all.
    """
    found = _compiled_numbers(router.db_for_write(User)).rows(author=pk)
    return found[0] if found else NumbersRow(0, 0, 0)


def active_author_by_id(pk: int) -> User:
    """Return the active user with this id.

    Raises:
        User.DoesNotExist: There is none.
    """
    users: QuerySet[User] = User.objects.using(router.db_for_write(User))
    return users.get(pk=pk, is_active=True)


def author_comments(author_id: int, *, after: Cursor | None, limit: int) -> list[CommentRow]:
    """Return up to `limit` comments of one author on visible posts, newest first."""
    using = router.db_for_write(Comment)
    compiled = _compiled_comments(using, limit, older=after is not None)
    return compiled.rows(author=author_id, **keyset(after))


def comment_places(post_ids: Sequence[int], *, limit: int) -> dict[int, PlaceRow]:
    """Return the posts with these ids, by id; their comments are counted up to `limit`."""
    comments = Comment.objects.visible().filter(post=OuterRef("pk")).values("pk")[:limit]
    posts = Post.objects.using(router.db_for_write(Post)).filter(pk__in={*post_ids})
    rows = posts.annotate(counted=Counted(comments)).values_list(
        "pk", "counted", *(f"author__{name}" for name in AuthorRow._fields)
    )
    return {place.pk: place for place in map(PlaceRow.of, rows)}


@lru_cache(maxsize=8)
def _compiled_author(using: str) -> CompiledQuery[ProfileRow]:
    named = Parameter("username", CharField())
    users = User.objects.using(using).filter(username=named, is_active=True)
    return CompiledQuery(ProfileRow.select(users), ProfileRow.of)


@lru_cache(maxsize=8)
def _compiled_numbers(using: str) -> CompiledQuery[NumbersRow]:
    author = Parameter("author", BigIntegerField())
    posts = Post.objects.filter(author=author)
    comments = _on_visible_posts(Comment.objects.filter(author=author))
    newest = posts.newest_first().values("pk")[:MAX_COUNTED]
    counted = [posts, comments, Like.objects.filter(post__in=newest)]
    numbers = [Counted(rows.values("pk")[:MAX_COUNTED]) for rows in counted]
    users = User.objects.using(using).filter(pk=author).values_list(*numbers)
    return CompiledQuery(users, lambda columns: NumbersRow(*columns))


# One for each limit, with and without a cursor.
@lru_cache(maxsize=128)
def _compiled_comments(using: str, limit: int, *, older: bool) -> CompiledQuery[CommentRow]:
    author = Parameter("author", BigIntegerField())
    written = Comment.objects.using(using).filter(author=author).with_counts()
    comments = _on_visible_posts(written)
    if older:  # as in `queries`
        comments = comments.filter(Q(created_at__lte=MOMENT) & ~Q(created_at=MOMENT, id__gte=ID))
    comments = comments.order_by("-created_at", "-id")
    return CompiledQuery(CommentRow.select(comments)[:limit], CommentRow.of)


def _on_visible_posts(comments: QuerySet[Comment]) -> QuerySet[Comment]:
    """As `on_visible_posts`, for comments of an author who is known to be active.

    A subquery keeps the order of the index, whatever the planner expects of a join.
    """
    visible = Post.objects.visible().filter(pk=OuterRef("post_id"))
    return comments.filter(Exists(visible))
