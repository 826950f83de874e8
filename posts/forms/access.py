"""What opens an account besides the password: a new token, and the end of what is there."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from posts.models import NAME_MAX_LENGTH

ID_MAX_CHARACTERS = 18  # a smaller number than the largest bigint


class TokenForm(forms.Form):
    """The name of a token that is to be made."""

    name = forms.CharField(
        max_length=NAME_MAX_LENGTH,
        label=_("Name"),
        help_text=_("What it is for: a program, or the machine it runs on."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class EndForm(forms.Form):
    """What is to end: one session or token, by its `id`; all other sessions; or all tokens."""

    what = forms.ChoiceField(
        choices=[(name, name) for name in ("session", "sessions", "token", "tokens")]
    )
    id = forms.RegexField(r"^[0-9a-f]*\Z", max_length=ID_MAX_CHARACTERS, required=False)

    def clean(self) -> None:
        what, given = self.cleaned_data.get("what"), self.cleaned_data.get("id", "")
        if what == "session" and not given.isdecimal():
            raise ValidationError(_("There is no such session."))
