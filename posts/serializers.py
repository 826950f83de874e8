"""Posts and comments as JSON, the same for every reader, and the input that the API accepts."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypedDict

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from posts import images
from posts.cursors import InvalidCursor, Keyset
from posts.links import post_route
from posts.models import (
    COMMENT_MAX_LENGTH,
    DEFAULT_TOKEN_NAME,
    NAME_MAX_LENGTH,
    POST_TEXTS,
    Comment,
    Post,
    PostText,
    User,
)
from posts.rows import AuthorRow, CommentRow, PostRow
from posts.text import validate_links

PAGE_LIMIT = 50
PAGE_DEFAULT = 20


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
        "likes_count": post.likes_count,  # type: ignore[union-attr] # annotated by with_counts()
        "comments_count": post.comments_count,  # type: ignore[union-attr] # the same
        "url": url or post.get_absolute_url(),
    }


def comment_json(comment: Comment | CommentRow) -> CommentJSON:
    """Return the JSON of a comment. A model must come with its author selected."""
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
    """A string. DRF's own field would accept a number too."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field(str)
class CommentCursorField(serializers.Field[Keyset, Any, str, Any]):
    """A position among a post's comments, which are sorted by creation time and then by id."""

    default_error_messages = {"invalid": "This is no cursor of these comments."}

    def to_internal_value(self, data: Any) -> Keyset:
        try:
            return Keyset.decode_comments(str(data))
        except InvalidCursor as error:
            raise serializers.ValidationError(self.error_messages["invalid"], "invalid") from error

    @staticmethod
    def after(comment: Comment) -> str:
        return Keyset(comment.created_at, comment.pk).encode()


class ImageURLField(serializers.CharField):
    """The URL of the post's current image, which changes nothing, or no URL.

    Another URL would make the browser of every reader call a server that the author chose.
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
    """An uploaded image, prepared to be stored."""

    def to_internal_value(self, data: Any) -> images.PreparedImage:
        """Return the prepared image.

        Raises:
            ValidationError: it is not a file.
            ImageRefusedError: it is too large, or not an image.
        """
        file = super().to_internal_value(data)
        images.check_size(file.size)
        return images.for_post(file)


class PostInput(serializers.Serializer[Any]):
    """The fields that an author may set: the texts of POST_TEXTS, and the URL of the image.

    PUT sets all of them, to "" if they are missing. PATCH sets those that are sent.
    """

    image_url = ImageURLField(
        allow_null=True,
        allow_blank=True,
        required=False,
        help_text='The address that the post has, to keep its image; null or "" for none.',
    )

    def get_fields(self) -> dict[str, Any]:
        texts = {name: _text_input(text) for name, text in POST_TEXTS.items()}
        return {**texts, **super().get_fields()}

    def validate_image_url(self, value: str | None) -> str:
        return value or ""


def _text_input(text: PostText) -> TextField:
    options: dict[str, Any] = {"help_text": text.help_text} if text.help_text else {}
    if not text.required:
        options |= {"required": False, "allow_blank": True}
    return TextField(max_length=text.max_length, validators=[validate_links], **options)


class ImageInput(serializers.Serializer[Any]):
    image = ImageField(
        required=False,
        help_text="JPEG, PNG, WebP or GIF, up to 8 MB, 40 megapixels and 16,383 pixels a side.",
    )


class PostUpload(ImageInput, PostInput):
    """The same as multipart/form-data, with an image that replaces the current one."""


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
    # The limits bound the cost of hashing. No account has longer values.
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
