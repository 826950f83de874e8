"""Forms of an account: profile, deletion, mutes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from posts import display_names, images
from posts.forms.fields import ImageUploadField, WrittenText
from posts.models import BIO_MAX_LENGTH, User


class ProfileForm(forms.Form):
    """The profile of `user`: display name, bio and avatar."""

    display_name = forms.CharField(
        required=False,
        max_length=80,
        label=_("Name"),
        help_text=_("Shown with everything you write; without one, your username is."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    bio = WrittenText(max_length=BIO_MAX_LENGTH, rows=3, required=False, label=_("About you"))
    avatar = ImageUploadField(images.for_avatar, label=_("Picture"))
    remove_avatar = forms.BooleanField(required=False, label=_("Remove the picture"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self._user = user
        kwargs["initial"] = {"display_name": user.display_name, "bio": user.bio}
        super().__init__(*args, **kwargs)
        self.fields["bio"].widget.attrs["data-limit"] = BIO_MAX_LENGTH  # for the counter
        if not user.avatar:
            del self.fields["remove_avatar"]

    def clean_display_name(self) -> str:
        name: str = self.cleaned_data["display_name"]
        if name != self._user.display_name:
            display_names.check(name, User.objects.all(), username=self._user.username)
        return name

    def values(self) -> dict[str, Any]:
        """Return the new values of the account's fields."""
        data = self.cleaned_data
        values = {"display_name": data["display_name"], "bio": data["bio"]}
        if data["avatar"] is not None:
            return {**values, "avatar": data["avatar"], "avatar_bytes": data["avatar"].size}
        if data.get("remove_avatar"):
            return {**values, "avatar": "", "avatar_bytes": 0}
        return values


class DeletionForm(forms.Form):
    """Confirms the deletion of `user`: an account without a password types its username.

    The view has asked for the password before. This form must not: its answer would show whether
    a guess was right.
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
    """Mutes or unmutes. Two separate actions, so repeating a request does no harm."""

    action = forms.ChoiceField(choices=[("mute", _("Mute")), ("unmute", _("Unmute"))])
