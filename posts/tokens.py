"""API tokens: issued for a password, stored hashed, valid until they expire or are revoked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, cast

from allauth.account.adapter import get_adapter
from django.db import models, router, transaction
from django.db.models import CharField
from django.utils import timezone
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from knox.models import AuthToken
from knox.settings import knox_settings
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from posts.compiled_query import CompiledQuery, Parameter
from posts.errors import (
    AddressNotConfirmedError,
    PasswordChangedError,
    SecondFactorNeededError,
    TooManyAttemptsError,
)
from posts.last_use import RecentlySeen, is_due
from posts.models import DEFAULT_TOKEN_NAME, TokenRecord, User

WRONG_PASSWORD = "No active account has this username and password."  # noqa: S105 -- a sentence
# This many characters of the digest identify a token among those of its user.
ID_CHARACTERS = 16

recently_seen = RecentlySeen()


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token. `secret` is what clients send; it is not stored, so it can't be shown again."""

    secret: str
    name: str
    expiry: datetime


class BearerAuthentication(TokenAuthentication):
    """`Authorization: Bearer <token>`. Text that can't be a token is refused without a query."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, AuthToken]:
        """Return the user of a token that is valid now, with one query.

        knox's own asks a second time, for other tokens of the user that have expired; here
        `clear_expired` deletes these.

        Raises:
            AuthenticationFailed: there is no such token, it has expired, or its user is not active.
        """
        if not re.fullmatch(rb"[0-9a-f]{64}", token):
            raise AuthenticationFailed("Invalid token.")
        rows = _compiled_tokens(router.db_for_write(AuthToken)).rows(
            digest=hash_token(token.decode())
        )
        if not rows:
            raise AuthenticationFailed("Invalid token.")
        found, user = rows[0]
        if found.expiry is not None and found.expiry < timezone.now():
            found.delete()
            raise AuthenticationFailed("Invalid token.")
        self.validate_user(found)  # type: ignore[no-untyped-call] # knox has no types
        if recently_seen.first_time(found.digest):
            _note_use(found)
        return user, found


class _TokenRow(NamedTuple):
    token: AuthToken
    user: User


@lru_cache(maxsize=8)
def _compiled_tokens(using: str) -> CompiledQuery[_TokenRow]:
    """Return the query for a token by its digest, with all columns of its user."""
    token_fields, user_fields = (
        [field.attname for field in model._meta.concrete_fields]  # noqa: SLF001 -- Django's public API
        for model in (AuthToken, User)
    )

    def make(columns: Sequence[Any]) -> _TokenRow:
        token = AuthToken.from_db(using, token_fields, columns[: len(token_fields)])
        token.user = user = User.from_db(using, user_fields, columns[len(token_fields) :])
        return _TokenRow(token, user)

    named = AuthToken.objects.using(using).filter(digest=Parameter("digest", CharField()))
    columns = named.values_list(*token_fields, *(f"user__{name}" for name in user_fields))
    return CompiledQuery(columns, make)


def sign_in(request: Request, *, username: str, password: str) -> User:
    """Return the active user with this username (or e-mail address) and password.

    Failures count against the limits of the sign-in page.

    Raises:
        AuthenticationFailed: there is no such user.
        Throttled: too many failures from this address or for this name.
        AddressNotConfirmedError: the account may not write yet.
        SecondFactorNeededError: the account has a second factor, so a password is not enough.
    """
    try:
        user = get_adapter().authenticate(request, username=username, password=password)
    except TooManyAttemptsError as error:
        raise Throttled(wait=error.seconds) from error
    if user is None or not user.is_active:
        raise AuthenticationFailed(WRONG_PASSWORD)
    signed_in = cast("User", user)
    # Otherwise the token would start to work when the owner of the address confirms it.
    if not signed_in.may_write:
        raise AddressNotConfirmedError
    if signed_in.has_second_factor:
        raise SecondFactorNeededError
    return signed_in


def issue(user: User, *, name: str = DEFAULT_TOKEN_NAME) -> Issued:
    """Make a token. Above TOKEN_LIMIT_PER_USER, the user's oldest tokens end.

    Raises:
        PasswordChangedError: a new password was set since `user` was loaded. That ended all
            tokens, so none may be issued for the old password.
    """
    tokens = AuthToken.objects.filter(user=user)
    with transaction.atomic():
        current = User.objects.select_for_update(no_key=True).filter(pk=user.pk).first()
        # Not the password's hash, which also changes when the same password is hashed again.
        if current is None or current.get_session_auth_hash() != user.get_session_auth_hash():
            raise PasswordChangedError
        kept = tokens.order_by("-created")[: knox_settings.TOKEN_LIMIT_PER_USER - 1]
        tokens.exclude(pk__in=[token.pk for token in kept]).delete()
        token, secret = AuthToken.objects.create(user=user)  # type: ignore[no-untyped-call] # knox has no types
        TokenRecord.objects.create(token=token, name=name)
    return Issued(secret=secret, name=name, expiry=token.expiry)


def of(user: User) -> models.QuerySet[AuthToken]:
    """Return the unexpired tokens of this user with their records, newest first."""
    return (
        AuthToken.objects.filter(user=user)
        .exclude(expiry__lte=timezone.now())
        .select_related("record")
        .order_by("-created", "pk")
    )


def id_of(token: AuthToken) -> str:
    """Return the id of a token on pages. It gives no access without the user's session."""
    return str(token.digest)[:ID_CHARACTERS]


def end(user: User, token_id: str) -> bool:
    """End one token of this user; return whether it existed."""
    if not re.fullmatch(rf"[0-9a-f]{{{ID_CHARACTERS}}}", token_id):
        return False
    return bool(AuthToken.objects.filter(user=user, digest__startswith=token_id).delete()[0])


def end_all(user: User) -> None:
    """End every token of this user."""
    AuthToken.objects.filter(user=user).delete()


def _note_use(token: AuthToken) -> None:
    now = timezone.now()
    record, created = TokenRecord.objects.get_or_create(token=token, defaults={"used_at": now})
    if not created and is_due(record.used_at, now):
        record.used_at = now
        record.save(update_fields=["used_at"])
