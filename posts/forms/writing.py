"""Posts, comments and likes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from posts import images
from posts.forms.fields import NOTHING_MESSAGE, PictureField, WrittenText
from posts.models import (
    COMMENT_MAX_LENGTH,
    IMAGE_ALT_MAX_LENGTH,
    NO_IMAGE,
    POST_MAX_LENGTH,
    Comment,
    Post,
    image_values,
)

NO_LONGER_THERE_MESSAGE = _(
    "The comment that you answer is no longer there. Sent again, yours stands by itself."
)


class PostForm(forms.Form):
    """A new post, or with `post` what may be changed of that one."""

    content = WrittenText(
        max_length=POST_MAX_LENGTH,
        rows=4,
        label=_("Your post"),
        error_messages={"required": NOTHING_MESSAGE},
    )
    image = PictureField(images.for_post, label=_("Image"))
    image_alt = WrittenText(
        max_length=IMAGE_ALT_MAX_LENGTH,
        rows=2,
        required=False,
        label=_("What the image shows"),
    )
    remove_image = forms.BooleanField(required=False, label=_("Remove the image"))

    def __init__(self, *args: Any, post: Post | None = None, **kwargs: Any) -> None:
        self._post = post or Post()
        kwargs["initial"] = {"content": self._post.content, "image_alt": self._post.image_alt}
        super().__init__(*args, **kwargs)
        self.fields["image_alt"].help_text = _("For everybody who can\u2019t see it.")
        if not self._post.shown_image_url:
            del self.fields["remove_image"]

    def values(self) -> dict[str, Any]:
        """The fields of the post, as they are to be."""
        data, image = self.cleaned_data, self.cleaned_data["image"]
        values: dict[str, Any] = {"content": data["content"], "image_alt": self._post.image_alt}
        if "image_alt" in self.data:  # a form without it leaves it alone
            values["image_alt"] = data["image_alt"]
        if image is not None:
            return {**values, **image_values(image)}
        if data.get("remove_image"):
            return {**values, **NO_IMAGE}
        return values if self._post.shown_image_url else {**values, "image_alt": ""}


class LikeForm(forms.Form):
    """Set and unset are two requests, so that a repeated one does no harm."""

    action = forms.ChoiceField(choices=[("like", _("Like")), ("unlike", _("Unlike"))])


class CommentForm(forms.Form):
    """A comment on `post`. `reply_to` is the id of the comment that it answers, if any."""

    content = WrittenText(
        max_length=COMMENT_MAX_LENGTH,
        rows=3,
        label=_("Your comment"),
        error_messages={"required": NOTHING_MESSAGE},
    )
    reply_to = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, post: Post | None = None, **kwargs: Any) -> None:
        self._post = post
        super().__init__(*args, **kwargs)

    def clean_reply_to(self) -> Comment | None:
        text = self.cleaned_data["reply_to"]
        if not text or self._post is None:
            return None
        answered = Comment.objects.answerable(self._post, text)
        if answered is None:
            # For the form as a whole: nobody sees a hidden field.
            self.add_error(None, NO_LONGER_THERE_MESSAGE)
        return answered
