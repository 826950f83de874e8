"""Limits on guessing passwords: at sign-in, for a token, and when a password is asked again.

A failure counts for its address, for the pair of account and address, and for the account. The
account's limit must not lock its owner out while others guess: above it, an address has one more
failure in an hour, and an address with an earlier sign-in to this account has no such limit.
Names without an account are counted in the same way, so the limits do not show which names exist.
"""

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.signals import password_reset

from posts import limits
from posts.addresses import client_address
from posts.counters import Rate, Use
from posts.errors import TooManyAttemptsError

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.http import HttpRequest

    from posts.models import User

    Base = DefaultAccountAdapter
else:
    Base = object

# How long an address counts as known after a sign-in to an account.
KNOWN = Rate(1_000_000, 30 * 86_400)


class SignInLimits(Base):
    """Mixin of an account adapter: it applies these limits instead of allauth's.

    Every attempt is counted as a failure before its password is checked, so that concurrent
    attempts can't exceed the limit together. A successful attempt is given back.
    """

    def pre_authenticate(self, request: "HttpRequest", **credentials: Any) -> None:
        """Disable allauth's limit; `authenticate` applies this site's."""

    def authenticate(self, request: "HttpRequest", **credentials: Any) -> "AbstractBaseUser | None":
        """Return the account of these credentials, or None.

        Raises:
            TooManyAttemptsError: a limit is reached; the password was not checked.
        """
        name = limits.folded(str(credentials.get("username") or credentials.get("email") or ""))
        try:
            reserve(name, request)
        except TooManyAttemptsError as error:
            # For forms, which show it as an error like any other; see posts/guards.py.
            request.refused_seconds = error.seconds  # type: ignore[attr-defined] # ours
            raise
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user is not None:
            give_back(name, request, known=True)
        return user

    def get_client_ip(self, request: "HttpRequest") -> str:
        """Return the address that this site uses elsewhere. A proxy's mistake raises no error."""
        return client_address(request)


def reserve(name: str, request: "HttpRequest") -> None:
    """Count a failure of this name from the request's address.

    Raises:
        TooManyAttemptsError: there were too many; this one is not counted.
    """
    uses = _uses(name, request)
    counted = limits.count(uses)
    limit_waits = [answer.wait_seconds for answer in counted[:2]]
    account, under_attack, known = counted[2:]
    if (wait := max(limit_waits)) > 0:
        raise TooManyAttemptsError(-int(-wait // 1))
    attacked = account.wait_seconds > 0 and under_attack.wait_seconds > 0
    if attacked and not known.count:
        give_back(name, request)
        wait = min(account.wait_seconds, under_attack.wait_seconds)
        raise TooManyAttemptsError(-int(-wait // 1))


def give_back(name: str, request: "HttpRequest", *, known: bool = False) -> None:
    """Take back the failure of an attempt. `known`: it succeeded, so remember the address."""
    *failures, known_pair = _uses(name, request, cost=-1)
    limits.count([*failures, _known(known_pair.identity, cost=1)] if known else failures)


def _uses(name: str, request: "HttpRequest", *, cost: int = 1) -> list[Use]:
    """Return the uses: address, pair, account, pair under attack, and the known pair."""
    pair = f"{name}|{limits.address_of(request)}"
    return [
        limits.use("sign_ins", request=request, cost=cost),
        limits.use("sign_in_failures", key=pair, cost=cost),
        limits.use("account_failures", key=name, cost=cost, refuses=False),
        limits.use("failures_under_attack", key=pair, cost=cost, refuses=False),
        _known(f"key:{pair}", cost=0),
    ]


def _known(identity: str, *, cost: int) -> Use:
    return Use(scope="known", identity=identity, rate=KNOWN, cost=cost, refuses=False)


def forget_failures(request: "HttpRequest", user: "User", **kwargs: Any) -> None:
    """Drop the failures from this address after a password reset by mail."""
    emails = [email.email for email in user.emailaddress_set.all()]
    for name in {limits.folded(text) for text in (user.username, user.email, *emails) if text}:
        pair = f"{name}|{limits.address_of(request)}"
        scopes = ("sign_in_failures", "failures_under_attack")
        cost = -max(limits.rate(scope).amount for scope in scopes) * 2
        limits.count([limits.use(scope, key=pair, cost=cost) for scope in scopes])


def connect() -> None:
    password_reset.connect(forget_failures, dispatch_uid="posts.sign_in_limits")
