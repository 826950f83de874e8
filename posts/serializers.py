"""Posts and comments as JSON, the same for every reader, and the description of that JSON."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypedDict

from rest_framework import serializers

from posts.links import post_route
from posts.models import Comment, Post, User
from posts.rows import AuthorRow, CommentRow, PostRow


class UserJSON(TypedDict):
    id: str
    username: str
    display_name: str
    avatar_url: str | None


class PostJSON(TypedDict):
    id: str
    content: str
    user: UserJSON
    user_id: str
    image_url: str | None
    image_alt: str
    image_width: int | None
    image_height: int | None
    created_at: str
    updated_at: str
    edited: bool
    likes_count: int
    comments_count: int
    url: str


class CommentJSON(TypedDict):
    id: str
    post_id: str
    content: str
    user: UserJSON
    user_id: str
    reply_to: str | None
    created_at: str
    updated_at: str
    edited: bool
    likes_count: int


def moment_json(moment: datetime) -> str:
    """Return RFC 3339 in UTC, always with six decimals and `Z`, so that strings sort by time."""
    if moment.tzinfo is not UTC:  # it is, of what the database returns
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")[:-6] + "Z"


def user_json(user: User | AuthorRow) -> UserJSON:
    return {
        "id": str(user.pk),
        "username": user.username,
        "display_name": user.shown_name,
        "avatar_url": user.avatar_url or None,
    }


def posts_json(posts: Sequence[PostRow]) -> list[PostJSON]:
    """Return the JSON of a page of posts."""
    before, after = post_route()
    return [post_json(post, url=f"{before}{post.pk}{after}") for post in posts]


def post_json(post: Post | PostRow, *, url: str = "") -> PostJSON:
    """Return the JSON of a post. A model needs `with_counts()` and its author selected.

    `url`: the path of its page, if the caller knows it.
    """
    return {
        "id": str(post.pk),
        "content": post.content,
        "user": user_json(post.author),
        "user_id": str(post.author_id),
        "image_url": post.shown_image_url or None,
        "image_alt": post.image_alt,
        "image_width": post.image_width,
        "image_height": post.image_height,
        "created_at": moment_json(post.created_at),
        "updated_at": moment_json(post.updated_at),
        "edited": post.edited,
        "likes_count": post.likes_count,
        "comments_count": post.comments_count,
        "url": url or post.get_absolute_url(),
    }


def comment_json(comment: Comment | CommentRow) -> CommentJSON:
    """Return the JSON of a comment. A model needs `with_counts()` and its author selected."""
    return {
        "id": str(comment.pk),
        "post_id": str(comment.post_id),
        "content": comment.content,
        "user": user_json(comment.author),
        "user_id": str(comment.author_id),
        "reply_to": None if comment.reply_to_id is None else str(comment.reply_to_id),
        "created_at": moment_json(comment.created_at),
        "updated_at": moment_json(comment.updated_at),
        "edited": comment.edited,
        "likes_count": comment.likes_count,
    }


# The serializers below only describe, for the API's schema, the JSON of the functions above.
# `test_the_schema_has_the_fields_of_the_json` compares the two.


class UserSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    username = serializers.CharField()
    display_name = serializers.CharField()
    avatar_url = serializers.CharField(
        allow_null=True, help_text="Their picture, relative to this site."
    )


class PostSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    content = serializers.CharField()
    user = UserSerializer()
    user_id = serializers.CharField()
    image_url = serializers.CharField(
        allow_null=True, help_text="Relative to this site; of some old posts, an address elsewhere."
    )
    image_alt = serializers.CharField(help_text="What the image shows, in words; may be empty.")
    image_width = serializers.IntegerField(allow_null=True, help_text="In pixels, where known.")
    image_height = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    edited = serializers.BooleanField()
    likes_count = serializers.IntegerField(min_value=0)
    comments_count = serializers.IntegerField(min_value=0)
    url = serializers.CharField(help_text="The post's page, relative to this site.")


class CommentSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    post_id = serializers.CharField()
    content = serializers.CharField()
    user = UserSerializer()
    user_id = serializers.CharField()
    reply_to = serializers.CharField(
        allow_null=True, help_text="The id of the comment that it answers, if any."
    )
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    edited = serializers.BooleanField()
    likes_count = serializers.IntegerField(min_value=0)


class CommentPageSerializer(serializers.Serializer[Any]):
    comments = CommentSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page, if any.")


class LikeSerializer(serializers.Serializer[Any]):
    liked = serializers.BooleanField()
    likes_count = serializers.IntegerField(min_value=0)


class TokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(help_text="Sent as `Authorization: Bearer <token>`.")
    name = serializers.CharField()
    expiry = serializers.DateTimeField(help_text="When it ends by itself.")
