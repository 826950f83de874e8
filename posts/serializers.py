"""Posts and comments as JSON, the same for every reader, and the description of that JSON."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypedDict

from rest_framework import serializers

from posts.links import post_route
from posts.models import Comment, Post, User
from posts.post_images import images_of
from posts.rows import AuthorRow, CommentRow, PostRow, VersionRow


class UserJSON(TypedDict):
    id: str
    username: str
    display_name: str
    avatar_url: str | None


class ImageJSON(TypedDict):
    url: str
    alt: str
    width: int | None
    height: int | None


class PostJSON(TypedDict):
    id: str
    content: str
    content_warning: str
    user: UserJSON
    user_id: str
    image_url: str | None
    image_alt: str
    image_width: int | None
    image_height: int | None
    images: list[ImageJSON]
    created_at: str
    updated_at: str
    edited: bool
    likes_count: int
    comments_count: int
    url: str


class VersionJSON(TypedDict):
    content: str
    content_warning: str
    image_alt: str
    written_at: str
    replaced_at: str | None


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
    images = _images_json(post)
    first = images[0] if images else None
    return {
        "id": str(post.pk),
        "content": post.content,
        "content_warning": post.content_warning,
        "user": user_json(post.author),
        "user_id": str(post.author_id),
        "image_url": first["url"] if first else None,
        "image_alt": first["alt"] if first else post.image_alt,
        "image_width": first["width"] if first else post.image_width,
        "image_height": first["height"] if first else post.image_height,
        "images": images,
        "created_at": moment_json(post.created_at),
        "updated_at": moment_json(post.updated_at),
        "edited": post.edited,
        "likes_count": post.likes_count,
        "comments_count": post.comments_count,
        "url": url or post.get_absolute_url(),
    }


def versions_json(post: PostRow, versions: Sequence[VersionRow]) -> list[VersionJSON]:
    """Return the JSON of what a post says now, and of its versions, newest first."""
    since = (versions[0].replaced_at if versions else None) or post.updated_at
    now = VersionRow(post.content, post.content_warning, post.image_alt, since, None)
    return [
        {
            "content": one.content,
            "content_warning": one.content_warning,
            "image_alt": one.image_alt,
            "written_at": moment_json(one.written_at),
            "replaced_at": moment_json(one.replaced_at) if one.replaced_at else None,
        }
        for one in (now, *versions)
    ]


def _images_json(post: Post | PostRow) -> list[ImageJSON]:
    """Return the images, the first of which may be on another site."""
    if not (post.image or post.image_url) and post.more_images in ("[]", []):
        return []  # as most posts
    return [
        {"url": image.url, "alt": image.alt, "width": image.width, "height": image.height}
        for image in images_of(post)
    ]


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


class ImageSerializer(serializers.Serializer[Any]):
    url = serializers.CharField(help_text="As `image_url`.")
    alt = serializers.CharField(help_text="What the image shows, in words; may be empty.")
    width = serializers.IntegerField(allow_null=True, help_text="In pixels, where known.")
    height = serializers.IntegerField(allow_null=True)


class PostSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    content = serializers.CharField(help_text="May be empty in a post with an image.")
    content_warning = serializers.CharField(
        help_text="Unless it is empty: show it, and text and image only to readers who open it."
    )
    user = UserSerializer()
    user_id = serializers.CharField()
    image_url = serializers.CharField(
        allow_null=True,
        help_text="Of the first image. Relative to this site; of some old posts, elsewhere.",
    )
    image_alt = serializers.CharField(help_text="What the image shows, in words; may be empty.")
    image_width = serializers.IntegerField(allow_null=True, help_text="In pixels, where known.")
    image_height = serializers.IntegerField(allow_null=True)
    images = ImageSerializer(many=True, help_text="Up to four, the first one included.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    edited = serializers.BooleanField()
    likes_count = serializers.IntegerField(min_value=0)
    comments_count = serializers.IntegerField(min_value=0)
    url = serializers.CharField(help_text="The post's page, relative to this site.")


class VersionSerializer(serializers.Serializer[Any]):
    content = serializers.CharField()
    content_warning = serializers.CharField()
    image_alt = serializers.CharField(help_text="Of the first image.")
    written_at = serializers.DateTimeField()
    replaced_at = serializers.DateTimeField(
        allow_null=True, help_text="When an edit replaced it; null: it is what the post says now."
    )


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
