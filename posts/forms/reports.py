"""The form that reports a post or a comment."""

from django import forms
from django.utils.translation import gettext_lazy as _

from posts.forms.fields import KeyField, WrittenText
from posts.models import NOTE_MAX_LENGTH, Report


class ReportForm(forms.Form):
    """A reason, and a note for the moderators."""

    reason = forms.ChoiceField(
        choices=Report.Reason.choices,
        widget=forms.RadioSelect,
        label=_("What is wrong with it?"),
        error_messages={"required": _("Choose what is wrong with it.")},
    )
    note = WrittenText(
        max_length=NOTE_MAX_LENGTH,
        rows=3,
        required=False,
        label=_("Anything else the moderators should know"),
    )
    key = KeyField()
