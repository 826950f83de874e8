"""Accounts: what theirs shows, whom they mute, and its end."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from posts import display_names, images
from posts.forms.fields import PictureField, WrittenText
from posts.models import BIO_MAX_LENGTH, User


class ProfileForm(forms.Form):
    """What pages show of `user`, besides what they write."""

    display_name = forms.CharField(
        required=False,
        max_length=80,
        label=_("Name"),
        help_text=_("Shown with everything you write; without one, your username is."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    bio = WrittenText(max_length=BIO_MAX_LENGTH, rows=3, required=False, label=_("About you"))
    picture = PictureField(images.for_person, label=_("Picture"))
    remove_picture = forms.BooleanField(required=False, label=_("Remove the picture"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self._user = user
        kwargs["initial"] = {"display_name": user.display_name, "bio": user.bio}
        super().__init__(*args, **kwargs)
        if not user.picture:
            del self.fields["remove_picture"]

    def clean_display_name(self) -> str:
        name: str = self.cleaned_data["display_name"]
        if name != self._user.display_name:
            display_names.check(name, username=self._user.username)
        return name

    def values(self) -> dict[str, Any]:
        """The fields of the account, as they are to be."""
        data = self.cleaned_data
        values = {"display_name": data["display_name"], "bio": data["bio"]}
        if data["picture"] is not None:
            return {**values, "picture": data["picture"], "picture_bytes": data["picture"].size}
        if data.get("remove_picture"):
            return {**values, "picture": "", "picture_bytes": 0}
        return values


class DeletionForm(forms.Form):
    """That `user` means it. Their password they have just given; without one, they type their name.

    It asks for no password itself: an answer to that would tell whether a guess was right.
    """

    username = forms.CharField(
        label=_("Your username, to confirm"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self._user = user
        super().__init__(*args, **kwargs)
        if user.has_usable_password():
            del self.fields["username"]

    def clean_username(self) -> None:
        if self.cleaned_data["username"] != self._user.username:
            raise forms.ValidationError(_("That is not your username."))


class MuteForm(forms.Form):
    """Set and unset are two requests, so that a repeated one does no harm."""

    action = forms.ChoiceField(choices=[("mute", _("Mute")), ("unmute", _("Unmute"))])
