"""The input that the API accepts."""

from copy import copy
from functools import cache
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from posts import images
from posts.cursors import InvalidCursor, Keyset
from posts.models import (
    COMMENT_MAX_LENGTH,
    DEFAULT_TOKEN_NAME,
    NAME_MAX_LENGTH,
    POST_TEXTS,
    Comment,
    PostText,
)
from posts.text import validate_links

PAGE_LIMIT = 50
PAGE_DEFAULT = 20


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


class Input(serializers.Serializer[Any]):
    """A serializer of input. Its fields are made once and copied for each request."""

    def get_fields(self) -> dict[str, Any]:
        return {name: copy(field) for name, field in _fields(type(self)).items()}

    def make_fields(self) -> dict[str, Any]:
        return super().get_fields()


@cache
def _fields(form: type[Input]) -> dict[str, Any]:
    return form().make_fields()


class PostInput(Input):
    """The fields that an author may set: the texts of POST_TEXTS, and the URL of the image.

    PUT sets all of them, to "" if they are missing. PATCH sets those that are sent.
    """

    image_url = ImageURLField(
        allow_null=True,
        allow_blank=True,
        required=False,
        help_text='The address that the post has, to keep its image; null or "" for none.',
    )

    def make_fields(self) -> dict[str, Any]:
        texts = {name: _text_input(text) for name, text in POST_TEXTS.items()}
        return {**texts, **super().make_fields()}

    def validate_image_url(self, value: str | None) -> str:
        return value or ""


def _text_input(text: PostText) -> TextField:
    options: dict[str, Any] = {"help_text": text.help_text} if text.help_text else {}
    if not text.required:
        options |= {"required": False, "allow_blank": True}
    return TextField(max_length=text.max_length, validators=[validate_links], **options)


class ImageInput(Input):
    image = ImageField(
        required=False,
        help_text="JPEG, PNG, WebP or GIF, up to 8 MB, 40 megapixels and 16,383 pixels a side.",
    )


class PostUpload(ImageInput, PostInput):
    """The same as multipart/form-data, with an image that replaces the current one."""


class CommentTextInput(Input):
    """The text of a comment, which its author may change."""

    content = TextField(max_length=COMMENT_MAX_LENGTH, validators=[validate_links])


class CommentInput(CommentTextInput):
    """A new comment."""

    reply_to = TextField(
        allow_null=True, required=False, help_text="The id of a comment on the same post."
    )

    def validate_reply_to(self, value: str | None) -> Comment | None:
        if value is None:
            return None
        comment = Comment.objects.answerable(self.context["post"].pk, value)
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
