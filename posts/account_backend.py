"""The authentication backend: usernames are found as they are stored, in any case."""

from typing import TYPE_CHECKING, Any, cast

from allauth.account.auth_backends import AuthenticationBackend
from django.core.exceptions import PermissionDenied

from posts.models import User

if TYPE_CHECKING:
    from django.http import HttpRequest

# Sessions name their backend. With allauth's name they stay valid when a release is rolled back.
SESSION_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class AccountBackend(AuthenticationBackend):
    """allauth's backend, which also signs in accounts whose username is not in lower case.

    allauth lower-cases the typed name and compares exactly, so `Admin`, made by `createsuperuser`,
    could not sign in. Here the exact name comes first, then the lower-cased one.
    """

    def authenticate(  # type: ignore[override] # as in allauth
        self, request: "HttpRequest | None", **credentials: Any
    ) -> User:
        """Return the account of these credentials.

        Raises:
            PermissionDenied: there is none. Django then asks no other backend, which would hash
                the password a second time.
        """
        user = super().authenticate(request, **credentials)
        if user is None:
            raise PermissionDenied
        return cast("User", user)

    def _authenticate_by_username(self, username: str, password: str) -> User | None:
        # One query and one hash for any name, so that the time does not show which names exist.
        folded = username.lower()
        users = User.objects.filter(username__in=[username, folded])
        found = {user.username: user for user in users}
        named = found.get(username) or found.get(folded)
        return cast("User | None", self._check_password(named, password))
