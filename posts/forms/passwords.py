"""The forms of allauth that set a new password, in this site's words."""

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.utils.translation import gettext_lazy as _


def describe_password(form: forms.Form) -> None:
    """Say in one sentence what AUTH_PASSWORD_VALIDATORS check; allauth's form has a list."""
    form.fields["password1"].help_text = _(
        "At least 8 characters, not only digits, and hard to guess."
    )
    form.fields["password2"].label = _("The password again")


class ChangePasswordForm(allauth_forms.ChangePasswordForm):
    """A new password beside the old one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        describe_password(self)
        self.fields["oldpassword"].label = _("Your password now")
        self.fields["password1"].label = _("New password")
        self.fields["password2"].label = _("The new password again")


class SetPasswordForm(allauth_forms.SetPasswordForm):
    """The first password of an account."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        describe_password(self)


class ResetPasswordKeyForm(allauth_forms.ResetPasswordKeyForm):
    """A new password, by the link in a mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        describe_password(self)
        self.fields["password1"].label = _("New password")
        self.fields["password2"].label = _("The new password again")
