"""The forms of posts, comments and likes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from posts import images
from posts.forms.fields import NOTHING_MESSAGE, ImageUploadField, KeyField, WrittenText
from posts.models import (
    COMMENT_MAX_LENGTH,
    NO_IMAGE,
    NO_IMAGE_TEXTS,
    POST_TEXTS,
    Comment,
    Post,
    image_values,
)
from posts.versions import version_of

NO_LONGER_THERE_MESSAGE = _(
    "The comment that you answer is no longer there. Sent again, yours stands by itself."
)


def _post_text(name: str, *, rows: int, label: Any) -> WrittenText:
    """Return the form field for one of POST_TEXTS."""
    text = POST_TEXTS[name]
    return WrittenText(
        max_length=text.max_length,
        required=text.required,
        rows=rows,
        label=label,
        error_messages={"required": NOTHING_MESSAGE},
    )


class PostForm(forms.Form):
    """A new post, with a one-time key, or changes to `post`, with the version they began from."""

    content = _post_text("content", rows=4, label=_("Your post"))
    image = ImageUploadField(images.for_post, label=_("Image"))
    image_alt = _post_text("image_alt", rows=2, label=_("What the image shows"))
    remove_image = forms.BooleanField(required=False, label=_("Remove the image"))
    key = KeyField()
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, post: Post | None = None, **kwargs: Any) -> None:
        self._post = post or Post()
        texts = {name: getattr(self._post, name) for name in POST_TEXTS}
        kwargs["initial"] = {**texts, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        if post is None:
            del self.fields["version"]
        else:
            del self.fields["key"]
            self.initial["version"] = version_of(post)
        self.fields["image_alt"].help_text = _("For everybody who can\u2019t see it.")
        if not self._post.shown_image_url:
            del self.fields["remove_image"]

    def values(self) -> dict[str, Any]:
        """Return the new values of the post's fields.

        A text that was not sent keeps its value: the page may be older than its field.
        """
        data, image = self.cleaned_data, self.cleaned_data["image"]
        values: dict[str, Any] = {
            name: data[name] if name in self.data else getattr(self._post, name)
            for name in POST_TEXTS
        }
        if image is not None:
            return {**values, **image_values(image)}
        if data.get("remove_image"):
            return {**values, **NO_IMAGE}
        if not self._post.shown_image_url:
            values |= NO_IMAGE_TEXTS
        return values


class LikeForm(forms.Form):
    """A like to set or to unset. Not a toggle, so a repeated request changes nothing."""

    action = forms.ChoiceField(choices=[("like", _("Like")), ("unlike", _("Unlike"))])


class CommentForm(forms.Form):
    """A new comment on `post`, with a one-time key, or changes to `comment`, with the version they
    began from. `reply_to` is the id of the comment that a new one replies to, if any."""

    content = WrittenText(
        max_length=COMMENT_MAX_LENGTH,
        rows=3,
        label=_("Your comment"),
        error_messages={"required": NOTHING_MESSAGE},
    )
    reply_to = forms.CharField(required=False, widget=forms.HiddenInput)
    key = KeyField()
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        post: Post | None = None,
        comment: Comment | None = None,
        **kwargs: Any,
    ) -> None:
        self._post = post
        super().__init__(*args, **kwargs)
        if comment is None:
            del self.fields["version"]
        else:
            del self.fields["key"], self.fields["reply_to"]
            self.initial["content"] = comment.content
            self.initial["version"] = version_of(comment)

    def clean_reply_to(self) -> Comment | None:
        text = self.cleaned_data["reply_to"]
        if not text or self._post is None:
            return None
        answered = Comment.objects.answerable(self._post.pk, text)
        if answered is None:
            # An error of the whole form, because the field is hidden.
            self.add_error(None, NO_LONGER_THERE_MESSAGE)
        return answered
