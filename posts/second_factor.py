"""The admin needs a second factor: a passkey or an authenticator app."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from posts.models import User

View = Callable[..., HttpResponse]


def may_enter_admin(request: HttpRequest) -> bool:
    """`AdminSite.has_permission`: active staff whose powers are unlocked."""
    user = request.user
    return isinstance(user, User) and user.is_active and user.is_staff and user.powers_unlocked


def set_up_first(view: View) -> View:
    """Decorate the admin's sign-in page: redirect staff without a second factor to set one up."""

    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and user.is_staff and not user.powers_unlocked:
            messages.warning(request, _("The administration asks for a second factor: set one up."))
            return redirect("mfa_index")
        return view(request, *args, **kwargs)

    return guarded
