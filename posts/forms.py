"""What a person may type into a post or a comment."""

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator

from posts.models import COMMENT_MAX_LENGTH, IMAGE_URL_MAX_LENGTH, POST_MAX_LENGTH, Comment, Post

MAX_LENGTH_MESSAGE = "That is %(show_value)d characters; %(limit_value)d fit."
HTTPS_MESSAGE = "Enter a full address that begins with https://."


class WrittenText(forms.CharField):
    """Text of some lines: trimmed, from 1 to `max_length` characters, a line break being one.

    The limit is not given to the browser, which would cut off the end of a paste without a word.
    """

    def __init__(self, *, max_length: int, rows: int, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.Textarea(attrs={"rows": rows}),
            validators=[MaxLengthValidator(max_length, MAX_LENGTH_MESSAGE)],
            help_text=f"Up to {max_length:,} characters.",
            **kwargs,
        )

    def to_python(self, value: Any) -> str:
        # Forms send CRLF, which would count twice.
        return (super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")


class PostForm(forms.ModelForm):  # type: ignore[type-arg] # not generic at run time
    content = WrittenText(
        max_length=POST_MAX_LENGTH,
        rows=4,
        label="Your post",
        error_messages={"required": "Write something first."},
    )
    image_url = forms.URLField(
        label="Image address",
        required=False,
        max_length=IMAGE_URL_MAX_LENGTH,
        assume_scheme="https",
        help_text="Optional; begins with https:// and is shown below the text.",
        error_messages={"invalid": HTTPS_MESSAGE},
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )

    class Meta:
        model = Post
        fields = ("content", "image_url")


class LikeForm(forms.Form):
    """Set and unset are two requests, so that a repeated one does no harm."""

    action = forms.ChoiceField(choices=[("like", "Like"), ("unlike", "Unlike")])


class CommentForm(forms.ModelForm):  # type: ignore[type-arg] # not generic at run time
    content = WrittenText(
        max_length=COMMENT_MAX_LENGTH,
        rows=3,
        label="Your comment",
        error_messages={"required": "Write something first."},
    )

    class Meta:
        model = Comment
        fields = ("content",)
