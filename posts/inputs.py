"""The input that the API accepts."""

import json
from contextlib import suppress
from copy import copy
from functools import cache
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from posts import images
from posts.cursors import InvalidCursor, Keyset
from posts.display_names import check_characters
from posts.models import (
    COMMENT_MAX_LENGTH,
    DEFAULT_TOKEN_NAME,
    NAME_MAX_LENGTH,
    POST_TEXTS,
    Comment,
    PostText,
    Report,
)
from posts.models.reports import NOTE_MAX_LENGTH
from posts.post_images import MAX_IMAGES
from posts.text import in_one_line, validate_links

PAGE_LIMIT = 50
PAGE_DEFAULT = 20
UNKNOWN_PARAMETER = "There is no such parameter."


class TextField(serializers.CharField):
    """A string. DRF's own field would accept a number too."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class LineField(TextField):
    """A string of one line: see `posts.text.in_one_line`."""

    def to_internal_value(self, data: Any) -> str:
        return in_one_line(super().to_internal_value(data))


# What a cursor is made of. The site makes them; no other text is one.
CURSOR_SCHEMA = {"type": "string", "pattern": "^[A-Za-z0-9_-]{22,100}$"}


@extend_schema_field(CURSOR_SCHEMA)
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
    """An uploaded file of a permitted size."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the file.

        Raises:
            ValidationError: it is not a file.
            ImageRefusedError: it is too large.
        """
        file = super().to_internal_value(data)
        images.check_size(file.size)
        return file


class ImagesField(serializers.ListField):
    """Uploaded images, prepared to be stored; none of them if there are too many."""

    child = ImageField()
    default_error_messages = {"too_many": "A post takes up to {most} images."}

    def to_internal_value(self, data: Any) -> list[Any]:
        if len(data) > MAX_IMAGES:
            self.fail("too_many", most=MAX_IMAGES)
        still = bool(self.context.get("still"))
        files = [self.child.run_validation(item) for item in data]
        return [images.for_post(file, still=still) for file in files]


@extend_schema_field(serializers.ListField(child=serializers.DictField()))
class KeptImagesField(serializers.Field[Any, Any, Any, Any]):
    """Those of the post's images that it keeps, in their order: `url`, and `alt` if it changes.

    The value maps URLs to alternative texts, or to None. In a form it is the text of the JSON.
    """

    default_error_messages = {
        "invalid": "This must be a list of objects with `url`, and `alt` if it changes.",
        "other_image": "The post has no such image, or in another order.",
    }

    def to_internal_value(self, data: Any) -> dict[str, str | None]:
        if isinstance(data, str):
            with suppress(ValueError, RecursionError):
                data = json.loads(data)
        if not isinstance(data, list):
            self.fail("invalid")
        kept = dict(map(self._one, data))
        known = [url for url in self.context.get("images", ()) if url in kept]
        if [*kept] != known or len(kept) != len(data):
            self.fail("other_image")
        return kept

    def _one(self, item: Any) -> tuple[str, str | None]:
        if not isinstance(item, dict) or not isinstance(item.get("url"), str):
            self.fail("invalid")
        alt = item.get("alt")
        return item["url"], None if alt is None else _image_alt().run_validation(alt)


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
        help_text='The address that the post has, to keep its images; null or "" for none.',
    )
    images = KeptImagesField(
        required=False,
        help_text="The images that it keeps, in their order. Uploaded ones are added to these.",
    )

    def make_fields(self) -> dict[str, Any]:
        texts = {name: _text_input(text) for name, text in POST_TEXTS.items()}
        return {**texts, **super().make_fields()}

    def validate_image_url(self, value: str | None) -> str:
        return value or ""


def _text_input(text: PostText) -> TextField:
    options: dict[str, Any] = {"help_text": text.help_text} if text.help_text else {}
    if not text.required or text.or_image:
        options |= {"required": False, "allow_blank": True}
    if text.one_line:
        return LineField(max_length=text.max_length, validators=[check_characters], **options)
    return TextField(max_length=text.max_length, validators=[validate_links], **options)


def _image_alt() -> TextField:
    return _text_input(POST_TEXTS["image_alt"])


class ImageInput(Input):
    """The parts of a form with images. Moving ones stay so, as WebP files."""

    image = ImagesField(
        required=False,
        help_text=(
            "Up to four, in their order: JPEG, PNG, WebP or GIF, each up to 8 MB, 40 megapixels"
            " and 16,383 pixels a side. They replace the current ones, unless `images` is sent."
        ),
    )
    image_alt = serializers.ListField(
        child=_image_alt(), required=False, help_text="One for each image, in the same order."
    )
    still = serializers.BooleanField(
        required=False,
        help_text="Store moving images as still ones. Else too large ones are refused.",
    )


class PostUpload(ImageInput, PostInput):
    """The same as multipart/form-data, with images. `images` is the text of the JSON there."""

    def make_fields(self) -> dict[str, Any]:
        fields = super().make_fields()
        return {**fields, "image_alt": ImageInput().make_fields()["image_alt"]}


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


class ReportInput(Input):
    reason = serializers.ChoiceField(choices=Report.Reason.choices)
    note = TextField(
        max_length=NOTE_MAX_LENGTH,
        required=False,
        allow_blank=True,
        default="",
        help_text="Anything else that the moderators should know.",
    )


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


class Query(serializers.Serializer[Any]):
    """A query string of known parameters, each of which occurs once.

    Of a repeated parameter, a cache between the client and this site might use the other value.
    """

    def to_internal_value(self, data: Any) -> Any:
        repeated = [name for name, values in data.lists() if len(values) > 1]
        errors = {name: ["Give it once."] for name in repeated}
        errors |= {name: [UNKNOWN_PARAMETER] for name in data if name not in self.fields}
        if errors:
            raise serializers.ValidationError(errors)
        # A plain dict: DRF would take an empty value of a QueryDict for a missing one.
        return super().to_internal_value(data.dict())


class CommentPageQuery(Query):
    limit = serializers.IntegerField(min_value=1, max_value=PAGE_LIMIT, default=PAGE_DEFAULT)
    cursor = CommentCursorField(required=False, help_text="`next` of the page before.")
