"""API tokens: given for a password, stored hashed, good until they expire or are revoked."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from allauth.account.adapter import get_adapter
from django.db import models, transaction
from django.utils import timezone
from knox.auth import TokenAuthentication
from knox.models import AuthToken
from knox.settings import knox_settings
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from posts.confirmation import may_write
from posts.last_use import COARSE, RecentlySeen
from posts.models import DEFAULT_TOKEN_NAME, TokenRecord, User
from posts.refusals import AddressNotConfirmed, SecondFactorNeeded
from posts.second_factor import has_second_factor
from posts.sign_in_limits import TooManyAttempts

WRONG_PASSWORD = "No active account has this username and password."  # noqa: S105 -- a sentence
# So many characters of a token's digest tell one token of a user from another.
ID_CHARACTERS = 16

recently_seen = RecentlySeen()


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token: `secret` is what its owner sends, and is nowhere to be found again."""

    secret: str
    name: str
    expiry: datetime


class PasswordChangedError(Exception):
    """The password with which a token was asked for is no longer the account's."""


class BearerAuthentication(TokenAuthentication):
    """`Authorization: Bearer <token>`; a text that can't be a token is refused unread."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, AuthToken]:
        if not re.fullmatch(rb"[0-9a-f]{64}", token):
            raise AuthenticationFailed("Invalid token.")
        user, found = super().authenticate_credentials(token)  # type: ignore[no-untyped-call] # knox has no types
        if recently_seen.first_time(found.digest):
            _note_use(found)
        return user, found


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
        raise AuthenticationFailed(WRONG_PASSWORD)
    signed_in = cast("User", user)
    # A token taken before would come alive when the owner of the address confirms it.
    if not may_write(signed_in):
        raise AddressNotConfirmed
    if has_second_factor(signed_in):
        raise SecondFactorNeeded
    return signed_in


def issue(user: User, *, name: str = DEFAULT_TOKEN_NAME) -> Issued:
    """Make a token. Beyond TOKEN_LIMIT_PER_USER, the oldest ones of this user end.

    Raises:
        PasswordChangedError: a new password was set since `user` was loaded. Its tokens end then,
            and one that comes a moment later would be left.
    """
    tokens = AuthToken.objects.filter(user=user)
    with transaction.atomic():
        now = User.objects.select_for_update(no_key=True).filter(pk=user.pk).first()
        # Not the password's own hash: that may have been made anew, of the same password.
        if now is None or now.get_session_auth_hash() != user.get_session_auth_hash():
            raise PasswordChangedError
        kept = tokens.order_by("-created")[: knox_settings.TOKEN_LIMIT_PER_USER - 1]
        tokens.exclude(pk__in=[token.pk for token in kept]).delete()
        token, secret = AuthToken.objects.create(user=user)  # type: ignore[no-untyped-call] # knox has no types
        TokenRecord.objects.create(token=token, name=name)
    return Issued(secret=secret, name=name, expiry=token.expiry)


def of(user: User) -> models.QuerySet[AuthToken]:
    """The tokens of this user that have not expired, with their records; newest first."""
    return (
        AuthToken.objects.filter(user=user)
        .exclude(expiry__lte=timezone.now())
        .select_related("record")
        .order_by("-created", "pk")
    )


def id_of(token: AuthToken) -> str:
    """What a page calls a token by; it is of no use without the user's session."""
    return str(token.digest)[:ID_CHARACTERS]


def end(user: User, token_id: str) -> bool:
    """End one token of this user; whether it was there."""
    if not re.fullmatch(rf"[0-9a-f]{{{ID_CHARACTERS}}}", token_id):
        return False
    return bool(AuthToken.objects.filter(user=user, digest__startswith=token_id).delete()[0])


def end_all(user: User) -> None:
    """End every token of this user."""
    AuthToken.objects.filter(user=user).delete()


def _note_use(token: AuthToken) -> None:
    now = timezone.now()
    record, created = TokenRecord.objects.get_or_create(token=token, defaults={"used_at": now})
    if not created and (record.used_at is None or now - record.used_at >= COARSE):
        record.used_at = now
        record.save(update_fields=["used_at"])
