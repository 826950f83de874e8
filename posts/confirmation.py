"""Writing waits for a confirmed address, wherever the site can send the message to confirm it.

Otherwise an attacker could sign up with the address of another person, take a token, and go on
writing with it after the owner has reset the password.
"""

from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from posts.models import User
from posts.refusals import AddressNotConfirmed

if TYPE_CHECKING:
    from rest_framework.views import APIView


class MayWrite(BasePermission):
    """DRF's permission: whoever is signed in and writes has confirmed an address.

    Raises:
        AddressNotConfirmed: they have not.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        user = request.user
        if request.method in SAFE_METHODS or not isinstance(user, User) or may_write(user):
            return True
        raise AddressNotConfirmed


def may_write(user: User) -> bool:
    """Whether one of the account's addresses is confirmed, or it never had one.

    An account without any address was made by an operator; the last address can't be removed.
    """
    if not settings.CONFIRM_ADDRESSES:
        return True
    confirmed = EmailAddress.objects.filter(user_id=user.pk).values_list("verified", flat=True)
    return any(known) if (known := list(confirmed)) else not user.email


def explanation() -> SafeString:
    """What a form says that came back for this reason."""
    return format_html(
        '{} <a href="{}" target="_blank">{}</a>',
        _("Confirm your email address first: open the link in the message we sent to it."),
        reverse("confirm-address"),
        _("Send it again"),
    )
