"""Form fields that several forms share."""

from collections.abc import Callable
from typing import IO, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from posts import image_messages, images
from posts.display_names import check_characters
from posts.errors import ImageRefusedError
from posts.idempotency import form_key, new_key, values_of
from posts.images import PreparedImage
from posts.post_images import MAX_IMAGES
from posts.text import in_one_line, validate_links

MAX_LENGTH_MESSAGE = _("That is %(show_value)d characters; %(limit_value)d fit.")
NOTHING_MESSAGE = _("Write something first.")


class WrittenText(forms.CharField):
    """Text, trimmed, at most `max_length` characters; a line break is one.

    The browser does not get the limit, since it would cut pasted text silently. With `one_line`
    line breaks become spaces; it is still a `textarea`, in which Enter does not send the form.
    """

    def __init__(
        self, *, max_length: int, rows: int, one_line: bool = False, **kwargs: Any
    ) -> None:
        self._one_line = one_line
        check = check_characters if one_line else validate_links
        attributes: dict[str, Any] = {"rows": rows}
        if one_line:
            attributes["placeholder"] = " "  # lets the style sheet see whether the field is empty
        super().__init__(
            widget=forms.Textarea(attrs=attributes),
            validators=[MaxLengthValidator(max_length, MAX_LENGTH_MESSAGE), check],
            help_text=format_lazy(_("Up to {most} characters."), most=f"{max_length:,}"),
            **kwargs,
        )

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        if self._one_line:
            return in_one_line(text)
        # Forms send CRLF, which would count as two characters.
        return text.replace("\r\n", "\n").replace("\r", "\n")


class KeyField(forms.CharField):
    """The one-time key of a form, in a hidden field; see `posts.idempotency`."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput, initial=new_key)

    def to_python(self, value: Any) -> str:
        return form_key(value)


class ImageUploadField(forms.FileField):
    """An optional image. The cleaned value is the prepared image, or None."""

    widget = forms.FileInput

    def __init__(self, prepare: Callable[[IO[bytes]], PreparedImage], **kwargs: Any) -> None:
        self.prepare = prepare
        super().__init__(
            required=False,
            widget=self.widget(attrs={"accept": ",".join(images.CONTENT_TYPES)}),
            help_text=format_lazy(
                _(
                    "JPEG, PNG, WebP or GIF, up to {megabytes} MB and {megapixels} megapixels."
                    " Where it was taken, and with what, is not kept."
                ),
                megabytes=images.MAX_MEGABYTES,
                megapixels=image_messages.MAX_MEGAPIXELS,
            ),
            **kwargs,
        )

    def to_python(self, data: Any) -> PreparedImage | None:
        file = super().to_python(data)
        if file is None:
            return None
        try:
            images.check_size(file.size)
            return self.prepare(file)
        except ImageRefusedError as refused:
            raise ValidationError(str(refused), code=refused.code) from refused


class ManyFilesInput(forms.FileInput):
    allow_multiple_selected = True


class ImagesUploadField(ImageUploadField):
    """Optional images of a post. The cleaned value is a list of prepared images."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Prepare the images, none of them if there are too many."""
        files = data if isinstance(data, list | tuple) else [data] if data else []
        check_number(len(files))
        prepared = []
        for number, file in enumerate(files, start=1):
            try:
                prepared.append(super().clean(file))
            except ValidationError as error:
                if len(files) == 1:
                    raise
                said = {"number": number, "name": file.name, "reason": " ".join(error.messages)}
                raise ValidationError(_("%(name)s: %(reason)s"), error.code, said) from error
        return prepared


def check_number(count: int) -> None:
    """Check how many images a post would have.

    Raises:
        ValidationError: they are too many.
    """
    if count > MAX_IMAGES:
        raise ValidationError(
            _("A post takes up to %(most)s images; these are %(count)s."),
            "too_many",
            {"most": MAX_IMAGES, "count": count},
        )


class ManyTexts(forms.Textarea):
    """Several text areas of the same name. The template writes them."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return values_of(data, name)


class TextsField(forms.Field):
    """Texts in fields of the same name. The cleaned value is the list of cleaned texts.

    `text`: the field that cleans each of them.
    """

    widget = ManyTexts

    def __init__(self, text: forms.CharField | None = None, **kwargs: Any) -> None:
        self._text = text or forms.CharField(required=False)
        super().__init__(required=False, **kwargs)

    def clean(self, value: Any) -> list[str]:
        return [self._text.clean(text) for text in value]
