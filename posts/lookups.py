"""Look-ups that writes need first: one query each, compiled once."""

from functools import lru_cache
from typing import NamedTuple

from django.db import router
from django.db.models import BigIntegerField, Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from posts.compiled_query import CompiledQuery, Parameter, Row
from posts.ids import MAX_ID
from posts.models import Like, Post

POST = Parameter("post", BigIntegerField())
USER = Parameter("user", BigIntegerField())


class VisiblePost(NamedTuple):
    """A post that every reader may see."""

    pk: int


class LikesOfPost(NamedTuple):
    """The likes of a visible post: their number, and the id of one user's like, if any."""

    likes_count: int
    like_id: int | None


def visible_post(pk: int) -> VisiblePost | None:
    """Return the post with this id if it is visible."""
    return _first(_visible_post(router.db_for_write(Post)), post=pk)


def likes_of_post(pk: int, *, user_id: int) -> LikesOfPost | None:
    """Return the likes of the post with this id if it is visible."""
    return _first(_likes_of_post(router.db_for_write(Post)), post=pk, user=user_id)


def _first(query: CompiledQuery[Row], *, post: int, **values: int) -> Row | None:
    if post > MAX_ID:  # databases refuse such a number
        return None
    found = query.rows(post=post, **values)
    return found[0] if found else None


@lru_cache(maxsize=8)
def _visible_post(using: str) -> CompiledQuery[VisiblePost]:
    posts = Post.objects.using(using).visible().filter(pk=POST)
    return CompiledQuery(posts.values_list("pk"), VisiblePost._make)


@lru_cache(maxsize=8)
def _likes_of_post(using: str) -> CompiledQuery[LikesOfPost]:
    of_post = Like.objects.filter(post=OuterRef("pk")).order_by()
    count = of_post.values("post").annotate(count=Count("pk")).values("count")
    own = of_post.filter(user=USER).values("pk")
    posts = Post.objects.using(using).visible().filter(pk=POST)
    selected = posts.values_list(Coalesce(Subquery(count), 0), Subquery(own))
    return CompiledQuery(selected, LikesOfPost._make)
