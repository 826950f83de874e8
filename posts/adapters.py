"""Adapters of allauth: usernames, limits, mail and second factors as this site needs them."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils.translation import gettext as _

from posts import limits, usernames
from posts.account_backend import SESSION_BACKEND
from posts.models import User
from posts.sign_in_limits import SignInLimits

SENT = "account/messages/email_confirmation_sent.txt"


def check_new_username(username: str) -> None:
    """Check the username of a new account.

    Raises:
        ValidationError: the name is not allowed.
    """
    usernames.check_new(username, User.objects.all())


username_validators = [check_new_username]  # the setting ACCOUNT_USERNAME_VALIDATORS


class AccountAdapter(SignInLimits, DefaultAccountAdapter):
    """The account adapter."""

    def send_confirmation_mail(
        self, request: HttpRequest, emailconfirmation: Any, signup: bool
    ) -> None:
        """Send the link, unless one was sent within the last minutes: that one still works.

        If another account has confirmed the address, its owner gets a mail about that account.
        """
        address = emailconfirmation.email_address
        key = limits.folded(address.email)
        if limits.take([limits.use("confirmation_mails", key=key)]):
            request.confirmation_sent_before = True  # type: ignore[attr-defined] # ours
            return
        others = EmailAddress.objects.filter(email=address.email, verified=True)
        if others.exclude(user_id=address.user_id).exists():
            self.send_account_already_exists_mail(address.email)
        else:
            super().send_confirmation_mail(request, emailconfirmation, signup)

    def login(self, request: HttpRequest, user: Any) -> None:
        """Begin a session that names allauth's backend: see `account_backend.SESSION_BACKEND`."""
        user.backend = SESSION_BACKEND
        super().login(request, user)

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Return the username in its normal form: NFKC, in lower case."""
        cleaned: str = super().clean_username(usernames.normalized(username), shallow)
        return cleaned

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        if message_template == SENT and not settings.SENDS_MAIL:
            messages.warning(request, _("This site can't send mail."))
            return
        if message_template == SENT and getattr(request, "confirmation_sent_before", False):
            messages.warning(
                request, _("A message was sent a moment ago. Look again, or wait some minutes.")
            )
            return
        super().add_message(request, level, message_template, *args, **kwargs)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Return allauth's methods, with this site's description of passkeys."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        for method in methods:
            if method["id"] == "mfa_reauthenticate:webauthn":
                method["description"] = _("Use a passkey")
        return methods

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        """Keep the last address: only it can get a new password, or confirm that one may write."""
        others = EmailAddress.objects.filter(user_id=email_address.user_id)
        if settings.SENDS_MAIL and not others.exclude(pk=email_address.pk).exists():
            return False
        allowed: bool = super().can_delete_email(email_address)
        return allowed


class SecondFactorAdapter(DefaultMFAAdapter):
    """The adapter of second factors: it names new passkeys."""

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:  # noqa: A002 -- allauth's name
        """Return the first name of a new passkey; its owner can change it."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Passkey") if number == 1 else _("Passkey %(number)d") % {"number": number}
