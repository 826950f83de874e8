"""Look-ups that writes need first: one query each, compiled once."""

from functools import lru_cache
from typing import Any, NamedTuple

from django.db import router
from django.db.models import BigIntegerField, OuterRef, QuerySet, Subquery

from posts.compiled_query import CompiledQuery, Parameter, Row
from posts.ids import MAX_ID
from posts.models import Comment, CommentLike, Like, Post
from posts.models.counts import count_of

ID = Parameter("pk", BigIntegerField())
USER = Parameter("user", BigIntegerField())


class VisiblePost(NamedTuple):
    """A post that every reader may see."""

    pk: int


class Likes(NamedTuple):
    """Likes of a visible post or comment: their number, and the id of one user's like, if any."""

    likes_count: int
    like_id: int | None


def visible_post(pk: int) -> VisiblePost | None:
    """Return the post with this id if it is visible."""
    return _first(_visible_post(router.db_for_write(Post)), pk)


def likes_of_post(pk: int, *, user_id: int) -> Likes | None:
    """Return the likes of the post with this id if it is visible."""
    return _first(_likes_of_post(router.db_for_write(Post)), pk, user=user_id)


def likes_of_comment(pk: int, *, user_id: int) -> Likes | None:
    """Return the likes of the comment with this id if it and its post are visible."""
    return _first(_likes_of_comment(router.db_for_write(Comment)), pk, user=user_id)


def _first(query: CompiledQuery[Row], pk: int, **values: int) -> Row | None:
    if pk > MAX_ID:  # databases refuse such a number
        return None
    found = query.rows(pk=pk, **values)
    return found[0] if found else None


@lru_cache(maxsize=8)
def _visible_post(using: str) -> CompiledQuery[VisiblePost]:
    posts = Post.objects.using(using).visible().filter(pk=ID)
    return CompiledQuery(posts.values_list("pk"), VisiblePost._make)


@lru_cache(maxsize=8)
def _likes_of_post(using: str) -> CompiledQuery[Likes]:
    return _likes(Post.objects.using(using).visible(), Like.objects.all(), "post")


@lru_cache(maxsize=8)
def _likes_of_comment(using: str) -> CompiledQuery[Likes]:
    comments = Comment.objects.using(using).on_visible_posts()
    return _likes(comments, CommentLike.objects.all(), "comment")


def _likes(rows: QuerySet[Any], likes: QuerySet[Any], relation: str) -> CompiledQuery[Likes]:
    own = likes.filter(**{relation: OuterRef("pk")}, user=USER).values("pk")
    selected = rows.filter(pk=ID).values_list(count_of(likes, relation), Subquery(own))
    return CompiledQuery(selected, Likes._make)
