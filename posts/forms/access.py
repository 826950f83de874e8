"""Forms to make an API token, and to end sessions and tokens."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from posts.models import NAME_MAX_LENGTH

ID_MAX_CHARACTERS = 18  # fits into a bigint


class TokenForm(forms.Form):
    """The name of a new token."""

    name = forms.CharField(
        max_length=NAME_MAX_LENGTH,
        label=_("Name"),
        help_text=_("What it is for: a program, or the machine it runs on."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class EndForm(forms.Form):
    """Ends one session or token by its `id`, all other sessions, or all tokens."""

    target = forms.ChoiceField(
        choices=[(name, name) for name in ("session", "sessions", "token", "tokens")]
    )
    id = forms.RegexField(r"^[0-9a-f]*\Z", max_length=ID_MAX_CHARACTERS, required=False)

    def clean(self) -> None:
        target, given = self.cleaned_data.get("target"), self.cleaned_data.get("id", "")
        if target == "session" and not given.isdecimal():
            raise ValidationError(_("There is no such session."))
