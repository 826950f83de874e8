"""The forms of posts, comments and likes."""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext_lazy as _

from posts import images
from posts.forms.fields import (
    NOTHING_MESSAGE,
    ImagesUploadField,
    KeyField,
    ManyTexts,
    TextsField,
    WrittenText,
    check_number,
)
from posts.idempotency import values_of
from posts.images import PreparedImage
from posts.models import COMMENT_MAX_LENGTH, POST_TEXTS, Comment, Post
from posts.post_images import MAX_IMAGES, PostImage, image_changes, images_of
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
        one_line=text.one_line,
        label=label,
        error_messages={"required": NOTHING_MESSAGE},
    )


class ImagePlace(NamedTuple):
    """A place for an image in the form. `image` is None if it is for a new one."""

    number: int
    image: PostImage | None
    alt: str
    is_removed: bool


class PostForm(forms.Form):
    """A new post, with a one-time key, or changes to `post`, with the version they began from.

    `image_alt` has a value for each image that the form shows, named in `image_kept` in the same
    order, and then for each new one. New images are added after those. A form without `image_kept`
    is of a release that knew one image: there, a new image replaces the old one.
    """

    content = _post_text("content", rows=4, label=_("Your post"))
    content_warning = _post_text("content_warning", rows=1, label=_("Content warning"))
    image = ImagesUploadField(images.for_post, label=_("Images"))
    image_alt = TextsField(
        _post_text("image_alt", rows=2, label=""), label=_("What the image shows")
    )
    image_kept = TextsField(widget=ManyTexts)
    remove_image = TextsField(widget=ManyTexts, label=_("Remove the image"))
    still = forms.BooleanField(required=False, label=_("Show moving images as still ones"))
    key = KeyField()
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, post: Post | None = None, **kwargs: Any) -> None:
        self._post = post or Post()
        texts = {name: getattr(self._post, name) for name in POST_TEXTS}
        kwargs["initial"] = {**texts, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        if post is None:
            for name in ("version", "image_kept", "remove_image"):
                del self.fields[name]
        else:
            del self.fields["key"]
            self.initial["version"] = version_of(post)
        self.fields["content_warning"].help_text = _(
            "Text and image stay closed behind these words until a reader opens them."
        )
        self.fields["content"].required = False  # see `clean`
        if self.data.get("still"):
            self.fields["image"].prepare = partial(images.for_post, still=True)  # type: ignore[attr-defined] # ours
        self.fields["image_alt"].help_text = _("For everybody who can\u2019t see it.")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if "image" in data and "image_alt" in data:
            images = self.images(self._post)
            try:
                check_number(len(images))
            except forms.ValidationError as error:
                self.add_error("image", error)
            if not images and not data.get("content") and "content" not in self.errors:
                self.add_error("content", NOTHING_MESSAGE)
        return data

    def images(self, post: Post) -> list[PostImage]:
        """Return the images that `post`, as it is now, has after this form."""
        data, stored = self.cleaned_data, images_of(post)
        new, alts = data["image"], data["image_alt"]
        kept, removed = data.get("image_kept", []), data.get("remove_image", [])
        if kept:
            by_key = dict(zip(kept, alts, strict=False))
            left = [
                image._replace(alt=by_key.get(image.key, image.alt))
                for image in stored
                if image.key not in removed
            ]
            return [*left, *_described(new, alts[len(kept) :])]
        if new or any(removed):
            return _described(new, alts)
        described = [image._replace(alt=alt) for image, alt in zip(stored, alts, strict=False)]
        return [*described, *stored[len(described) :]]

    def new_images(self) -> list[PreparedImage]:
        """Return the images that are to be stored."""
        found: list[PreparedImage] = self.cleaned_data["image"]
        return found

    def values(self, post: Post | None = None) -> dict[str, Any]:
        """Return the new values of the fields of `post`, which is as it is now.

        A text that was not sent keeps its value: the page may be older than its field.
        """
        post = post or self._post
        texts = {
            name: self.cleaned_data[name] if name in self.data else getattr(post, name)
            for name, text in POST_TEXTS.items()
            if not text.describes_image
        }
        return {**texts, **image_changes(post, self.images(post))}

    def image_places(self) -> list[ImagePlace]:
        """Return the places for images: first those of the post, then empty ones."""
        typed = values_of(self.data, "image_alt")
        kept, removed = values_of(self.data, "image_kept"), values_of(self.data, "remove_image")
        by_key, new = dict(zip(kept, typed, strict=False)), typed[len(kept) :]
        places = []
        for number, image in enumerate(images_of(self._post), start=1):
            alt = by_key.get(image.key, image.alt)
            places.append(ImagePlace(number, image, alt, image.key in removed))
        numbers = range(len(places) + 1, MAX_IMAGES + 1)
        empty = zip(numbers, [*new, *[""] * MAX_IMAGES], strict=False)
        return [*places, *(ImagePlace(number, None, alt, False) for number, alt in empty)]


def _described(new: Sequence[PreparedImage], alts: Sequence[str]) -> list[PostImage]:
    texts = [*alts, *[""] * len(new)]
    return [PostImage.new(image, alt) for image, alt in zip(new, texts, strict=False)]


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
