"""The second factor of an account (a passkey or an authenticator app), and what waits for it."""

from collections.abc import Callable

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from posts.models import User

# Recovery codes alone are none: they come with one of these, and end with the last of them.
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)

View = Callable[..., HttpResponse]


def has_second_factor(user: User) -> bool:
    """Asked of the database once for each `User` object."""
    known: bool | None = vars(user).get("_has_second_factor")
    if known is None:
        known = Authenticator.objects.filter(user_id=user.pk, type__in=SECOND_FACTORS).exists()
        vars(user)["_has_second_factor"] = known
    return known


def powers_unlocked(user: User) -> bool:
    """Whether this account may use what powers it has: the admin, and others' content.

    With STAFF_SECOND_FACTOR, only an account with a second factor may.
    """
    return not settings.STAFF_SECOND_FACTOR or has_second_factor(user)


def may_enter_admin(request: HttpRequest) -> bool:
    """`AdminSite.has_permission`, for whoever may use their powers."""
    user = request.user
    return isinstance(user, User) and user.is_active and user.is_staff and powers_unlocked(user)


def set_up_first(view: View) -> View:
    """Decorate the admin's sign-in page: staff without a second factor go and set one up."""

    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and user.is_staff and not powers_unlocked(user):
            messages.warning(request, _("The administration asks for a second factor: set one up."))
            return redirect("mfa_index")
        return view(request, *args, **kwargs)

    return guarded
