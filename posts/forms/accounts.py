"""Forms of allauth with this site's changes: sign-up, password reset, passkeys."""

from http import HTTPStatus
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm
from allauth.account.forms import SignupForm
from allauth.account.models import EmailAddress
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from posts.forms.passwords import describe_password
from posts.models import User

# One request for a password reset sends mail to at most this many accounts: any number of accounts
# may have the same unconfirmed address.
MAX_RESETS = 3


class SignUpForm(SignupForm):
    """A new account, made in one transaction."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = _("Your name in mentions and links: @name.")
        self.fields["email"].help_text = _("Never shown. For a new password, if you need one.")
        describe_password(self)

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Make the account, or return the form again if another account got the name meanwhile."""
        try:
            with transaction.atomic():
                saved: tuple[User | None, HttpResponse | None] = super().try_save(request)
                return saved
        except IntegrityError:
            self.add_error("username", get_adapter().error_messages["username_taken"])
            context = {"form": self, "login_url": reverse("account_login")}
            status = HTTPStatus.CONFLICT
            return None, render(request, "account/signup.html", context, status=status)


class ResetPasswordForm(AllauthResetPasswordForm):
    """Password reset. The page does not show whether an account has the address."""

    @property
    def sends_mail(self) -> bool:
        return bool(settings.SENDS_MAIL)

    @property
    def contact(self) -> str:
        """The contact to ask if no mail can be sent; may be empty."""
        return str(settings.SITE_CONTACT)

    def clean_email(self) -> str:
        if not settings.SENDS_MAIL:
            raise forms.ValidationError(_("This site can't send mail, so no link was sent."))
        email: str = super().clean_email()
        self.users = _reachable(self.users, email)[:MAX_RESETS]
        return email


def _reachable(users: list[User], email: str) -> list[User]:
    """Return the users who confirmed this address or have no confirmed address, newest first.

    Next to a confirmed address, an unconfirmed one may belong to another person, added so that
    they take the account for their own.
    """
    confirmed = EmailAddress.objects.filter(user__in=users, verified=True)
    addresses = dict.fromkeys(confirmed.values_list("user_id", flat=True), False)
    addresses |= {row.user_id: True for row in confirmed if row.email == email.lower()}
    found = [user for user in users if addresses.get(user.pk, True)]
    return sorted(found, key=lambda user: -user.pk)


class PasskeyForm(AddWebAuthnForm):
    """A new passkey. By default it signs in without a password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"passwordless": True, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.fields["name"] = forms.CharField(label=_("Name"), max_length=80, required=False)
        self.fields["passwordless"].label = _("Sign in with it, without a password")
        self.fields["passwordless"].help_text = _(
            "Your device then asks for its PIN, your finger or your face."
        )


class PasskeyNameForm(EditWebAuthnForm):
    """A new name for a passkey."""

    name = forms.CharField(label=_("Name"), max_length=80)
