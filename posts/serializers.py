"""How posts and comments look in JSON: to everybody alike, whoever asks; and what may be sent."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from posts import images
from posts.models import (
    COMMENT_MAX_LENGTH,
    DEFAULT_TOKEN_NAME,
    IMAGE_ALT_MAX_LENGTH,
    NAME_MAX_LENGTH,
    POST_MAX_LENGTH,
    Comment,
    Post,
    User,
)
from posts.text import validate_links

PAGE_LIMIT = 50
PAGE_DEFAULT = 20

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MAX_ID = 2**63 - 1  # of a bigint


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


def moment_json(moment: datetime) -> str:
    """RFC 3339 in UTC, always with six decimals and `Z`, so that texts sort as moments do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def user_json(user: User) -> UserJSON:
    return {
        "id": str(user.pk),
        "username": user.username,
        "display_name": user.shown_name,
        "avatar_url": user.avatar_url or None,
    }


def post_json(post: Post) -> PostJSON:
    """A post for every reader. It must come from `with_counts()` with its author selected."""
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
        "likes_count": post.likes_count,  # type: ignore[attr-defined] # annotated by with_counts()
        "comments_count": post.comments_count,  # type: ignore[attr-defined] # the same
        "url": post.get_absolute_url(),
    }


def comment_json(comment: Comment) -> CommentJSON:
    """A comment for every reader. Its author must be selected."""
    return {
        "id": str(comment.pk),
        "post_id": str(comment.post_id),
        "content": comment.content,
        "user": user_json(comment.author),
        "user_id": str(comment.author_id),
        "reply_to": None if comment.reply_to_id is None else str(comment.reply_to_id),
        "created_at": moment_json(comment.created_at),
    }


class TextField(serializers.CharField):
    """Text in JSON is a string: DRF would take a number for one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field(str)
class CommentCursorField(serializers.Field[tuple[datetime, int], Any, str, Any]):
    """A comment's place among a post's comments, which are sorted by creation and then by id."""

    default_error_messages = {"invalid": "This is no cursor of these comments."}

    def to_internal_value(self, data: Any) -> tuple[datetime, int]:
        match = re.fullmatch(r"([0-9]{1,16})-([0-9]{1,19})", str(data))
        if not match or int(match[2]) > _MAX_ID:
            self.fail("invalid")
        return _EPOCH + int(match[1]) * _MICROSECOND, int(match[2])

    @staticmethod
    def after(comment: Comment) -> str:
        return f"{(comment.created_at - _EPOCH) // _MICROSECOND}-{comment.pk}"


class ImageURLField(serializers.CharField):
    """The address of the image that the post has now, which is no change, or none.

    Another address would make every reader's browser call a server of the author's choice.
    """

    default_error_messages = {
        "external_image": (
            "Images on other sites are not shown: upload the image instead, as the part `image`"
            " of multipart/form-data."
        )
    }

    def run_validation(self, data: Any = serializers.empty) -> Any:
        now = self.context.get("image_url")
        if now and data == now:
            return data
        is_none = data is serializers.empty or data is None
        if not is_none and (not isinstance(data, str) or data.strip()):
            self.fail("external_image")
        return super().run_validation(data)


@extend_schema_field(OpenApiTypes.BINARY)
class ImageField(serializers.FileField):
    """An uploaded image, prepared to be stored. Raises `images.RefusedError` as well."""

    def to_internal_value(self, data: Any) -> images.Picture:
        file = super().to_internal_value(data)
        images.check_size(file.size)
        return images.for_post(file)


class PostInput(serializers.Serializer[Any]):
    """What an author may set. PUT replaces all of it; PATCH what is named."""

    content = TextField(max_length=POST_MAX_LENGTH, validators=[validate_links])
    image_url = ImageURLField(
        allow_null=True,
        allow_blank=True,
        required=False,
        help_text='The address that the post has, to keep its image; null or "" for none.',
    )
    image_alt = TextField(
        max_length=IMAGE_ALT_MAX_LENGTH,
        allow_blank=True,
        required=False,
        help_text="What the image shows, in words, for those who can't see it.",
    )

    def validate_image_url(self, value: str | None) -> str:
        return value or ""


class ImageInput(serializers.Serializer[Any]):
    image = ImageField(
        required=False,
        help_text="JPEG, PNG, WebP or GIF, up to 8 MB, 40 megapixels and 16,383 pixels a side.",
    )


class PostUpload(ImageInput, PostInput):
    """The same as a form that may bring an image, which replaces the one that is there."""


class CommentInput(serializers.Serializer[Any]):
    content = TextField(max_length=COMMENT_MAX_LENGTH, validators=[validate_links])
    reply_to = TextField(
        allow_null=True, required=False, help_text="The id of a comment on the same post."
    )

    def validate_reply_to(self, value: str | None) -> Comment | None:
        if value is None:
            return None
        comment = Comment.objects.answerable(self.context["post"], value)
        if comment is None:
            raise serializers.ValidationError("There is no such comment on this post.")
        return comment


class Credentials(serializers.Serializer[Any]):
    # The lengths bound the work of hashing; accounts have no longer ones.
    username = TextField(max_length=254, help_text="The username or the e-mail address.")
    password = TextField(max_length=4096, trim_whitespace=False)
    name = TextField(
        max_length=NAME_MAX_LENGTH,
        required=False,
        default=DEFAULT_TOKEN_NAME,
        help_text="What its owner sees the token listed by.",
    )


class CommentPageQuery(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, max_value=PAGE_LIMIT, default=PAGE_DEFAULT)
    cursor = CommentCursorField(required=False, help_text="`next` of the page before.")


# The serializers below only describe, for the API's schema, what the functions above make.


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
