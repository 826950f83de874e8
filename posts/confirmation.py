"""Writing needs a confirmed e-mail address where the site can send mail.

Otherwise an attacker could sign up with another person's address, get a token, and go on writing
with it after the owner of the address has reset the password.
"""

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from posts.errors import AddressNotConfirmedError
from posts.models import User

if TYPE_CHECKING:
    from rest_framework.views import APIView


class MayWrite(BasePermission):
    """DRF permission: signed-in users write only with a confirmed address.

    Raises:
        AddressNotConfirmedError: the user has no confirmed address.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        user = request.user
        if request.method in SAFE_METHODS or not isinstance(user, User) or user.may_write:
            return True
        raise AddressNotConfirmedError


def explanation() -> SafeString:
    """Return the error text, with a link, for a form that was refused for this reason."""
    return format_html(
        '{} <a href="{}" target="_blank">{}</a>',
        _("Confirm your email address first: open the link in the message we sent to it."),
        reverse("confirm-address"),
        _("Send it again"),
    )
