"""How posts and comments look in JSON: to everybody alike, whoever asks."""

from datetime import UTC, datetime
from typing import TypedDict

from posts.models import Post, User


class UserJSON(TypedDict):
    id: str
    username: str
    display_name: str


class PostJSON(TypedDict):
    id: str
    content: str
    user: UserJSON
    user_id: str
    image_url: str | None
    created_at: str
    updated_at: str
    edited: bool
    likes_count: int
    comments_count: int
    url: str


def moment_json(moment: datetime) -> str:
    """RFC 3339 in UTC, always with six decimals and `Z`, so that texts sort as moments do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def user_json(user: User) -> UserJSON:
    return {"id": str(user.pk), "username": user.username, "display_name": user.shown_name}


def post_json(post: Post) -> PostJSON:
    """A post for every reader. It must come from `with_counts()` with its author selected."""
    return {
        "id": str(post.pk),
        "content": post.content,
        "user": user_json(post.author),
        "user_id": str(post.author_id),
        "image_url": post.image_url or None,
        "created_at": moment_json(post.created_at),
        "updated_at": moment_json(post.updated_at),
        "edited": post.edited,
        "likes_count": post.likes_count,  # type: ignore[attr-defined] # annotated by with_counts()
        "comments_count": post.comments_count,  # type: ignore[attr-defined] # the same
        "url": post.get_absolute_url(),
    }
