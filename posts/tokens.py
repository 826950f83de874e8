"""API tokens: given for a password, stored hashed, good until they expire or are revoked."""

import re
from typing import cast

from allauth.account.adapter import get_adapter
from knox.auth import TokenAuthentication
from knox.models import AuthToken
from knox.settings import knox_settings
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from posts.confirmation import may_write
from posts.models import User
from posts.refusals import AddressNotConfirmed, SecondFactorNeeded
from posts.second_factor import has_second_factor
from posts.sign_in_limits import TooManyAttempts


class BearerAuthentication(TokenAuthentication):
    """`Authorization: Bearer <token>`; a text that can't be a token is refused unread."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, AuthToken]:
        if not re.fullmatch(rb"[0-9a-f]{64}", token):
            raise AuthenticationFailed("Invalid token.")
        found: tuple[User, AuthToken] = super().authenticate_credentials(token)  # type: ignore[no-untyped-call] # knox has no types
        return found


def sign_in(request: Request, *, username: str, password: str) -> User:
    """The active user with this name (or e-mail address) and password.

    Failures count against the limits that guard the sign-in page too.

    Raises:
        AuthenticationFailed: there is none.
        Throttled: too many failures, from this address or for this name.
        AddressNotConfirmed: the account may not write yet.
        SecondFactorNeeded: the account has one, which a password can't stand in for.
    """
    try:
        user = get_adapter().authenticate(request, username=username, password=password)
    except TooManyAttempts as error:
        raise Throttled(wait=error.seconds) from error
    if user is None or not user.is_active:
        raise AuthenticationFailed("No active account has this username and password.")
    signed_in = cast("User", user)
    # A token taken before would come alive when the owner of the address confirms it.
    if not may_write(signed_in):
        raise AddressNotConfirmed
    if has_second_factor(signed_in):
        raise SecondFactorNeeded
    return signed_in


def issue(user: User) -> str:
    """A new token. Beyond TOKEN_LIMIT_PER_USER, the oldest ones of this user end."""
    tokens = AuthToken.objects.filter(user=user)
    kept = tokens.order_by("-created")[: knox_settings.TOKEN_LIMIT_PER_USER - 1]
    tokens.exclude(pk__in=[token.pk for token in kept]).delete()
    token: str = AuthToken.objects.create(user=user)[1]  # type: ignore[no-untyped-call] # knox has no types
    return token
