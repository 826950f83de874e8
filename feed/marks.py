"""A viewer's own marks on posts and comments, for programs. Never part of a shared body."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from posts.models import Comment, CommentLike, Like, Post, User


@dataclass(frozen=True, slots=True)
class ViewerMarks:
    """Ids, as in JSON, of what a viewer likes, may edit, or has muted with its author."""

    liked: list[str]
    editable: list[str]
    muted: list[str]


def marks_on_posts(user: User, ids: Collection[int]) -> ViewerMarks:
    """Return the marks of `user` on these posts: three queries."""
    posts = Post.objects.filter(pk__in=ids)
    liked = Like.objects.filter(user=user, post__in=ids).values_list("post_id", flat=True)
    return _marks(liked, posts, posts.editable_by(user), user)


def marks_on_comments(user: User, ids: Collection[int]) -> ViewerMarks:
    """Return the marks of `user` on these comments: three queries. Only authors may edit."""
    comments = Comment.objects.filter(pk__in=ids)
    liked = CommentLike.objects.filter(user=user, comment__in=ids)
    own = comments.filter(author=user)
    return _marks(liked.values_list("comment_id", flat=True), comments, own, user)


def _marks(
    liked: QuerySet[Any, int], rows: QuerySet[Any], editable: QuerySet[Any], user: User
) -> ViewerMarks:
    muted = rows.filter(author__muted_by__user=user)
    found = liked, editable.values_list("pk", flat=True), muted.values_list("pk", flat=True)
    return ViewerMarks(*([str(pk) for pk in sorted(ids)] for ids in found))
