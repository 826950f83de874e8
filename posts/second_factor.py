"""The second factor of an account (a passkey or an authenticator app), and what needs it."""

from collections.abc import Callable

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from posts.models import User

# Recovery codes do not count: they exist only together with one of these.
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)

View = Callable[..., HttpResponse]


def has_second_factor(user: User) -> bool:
    """Return whether the account has one. Queried once for each `User` object."""
    known: bool | None = vars(user).get("_has_second_factor")
    if known is None:
        known = Authenticator.objects.filter(user_id=user.pk, type__in=SECOND_FACTORS).exists()
        vars(user)["_has_second_factor"] = known
    return known


def powers_unlocked(user: User) -> bool:
    """Return whether this account may use its powers (the admin, content of other people).

    With STAFF_SECOND_FACTOR, only an account with a second factor may.
    """
    return not settings.STAFF_SECOND_FACTOR or has_second_factor(user)


def may_enter_admin(request: HttpRequest) -> bool:
    """`AdminSite.has_permission`: active staff whose powers are unlocked."""
    user = request.user
    return isinstance(user, User) and user.is_active and user.is_staff and powers_unlocked(user)


def set_up_first(view: View) -> View:
    """Decorate the admin's sign-in page: redirect staff without a second factor to set one up."""

    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and user.is_staff and not powers_unlocked(user):
            messages.warning(request, _("The administration asks for a second factor: set one up."))
            return redirect("mfa_index")
        return view(request, *args, **kwargs)

    return guarded
