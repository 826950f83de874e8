"""What the feed asks of the database: one query a page, whatever its depth.

Always on the primary: a replica may lag behind the commit that invalidated the page.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import router
from django.db.models import Q, QuerySet

from feed.cursors import Cursor
from posts.models import Comment, Like, Post, User


def feed_posts(*, after: Cursor | None, limit: int) -> list[Post]:
    """Up to `limit` visible posts of everybody, newest first, after that place."""
    return _posts(Q(), after, limit)


def author_posts(author: User, *, after: Cursor | None, limit: int) -> list[Post]:
    """Up to `limit` posts of one author, newest first, after that place."""
    return _posts(Q(author=author), after, limit)


def post_comments(post: Post, *, after: Cursor | None, limit: int) -> list[Comment]:
    """Up to `limit` visible comments on a post, oldest first, after that place."""
    comments = Comment.objects.using(router.db_for_write(Comment)).filter(post=post).visible()
    if after is not None:
        passed = Q(created_at=after.created_at, id__lte=after.id)
        comments = comments.filter(~passed, created_at__gte=after.created_at)
    return list(comments.select_related("author").order_by("created_at", "id")[:limit])


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


def _posts(condition: Q, after: Cursor | None, limit: int) -> list[Post]:
    if after is not None:
        # The first half says nothing new; it is what the planner can seek the index with.
        condition &= Q(created_at__lte=after.created_at) & ~Q(
            created_at=after.created_at, id__gte=after.id
        )
    posts = Post.objects.using(router.db_for_write(Post)).visible().filter(condition)
    return list(posts.select_related("author").with_counts().newest_first()[:limit])


@dataclass(frozen=True, slots=True)
class ViewerPosts:
    """Ids of the posts that the viewer likes and of those they may edit, as in JSON."""

    liked: frozenset[str]
    editable: frozenset[str]


def liked_posts(user_id: int, ids: Collection[int]) -> frozenset[str]:
    """Which of these posts this user likes. Never part of a shared body."""
    liked = Like.objects.filter(user=user_id, post_id__in=ids).values_list("post_id", flat=True)
    return frozenset(map(str, liked))


def viewer_posts(user: User, ids: Collection[int]) -> ViewerPosts:
    """What `user` did with these posts, and may do: two queries. Never part of a shared body."""
    editable = Post.objects.editable_by(user).filter(pk__in=ids).values_list("pk", flat=True)
    return ViewerPosts(liked_posts(user.pk, ids), frozenset(map(str, editable)))
