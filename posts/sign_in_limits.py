"""How often a password may be guessed: at the sign-in page, for a token, and to confirm oneself.

A failure counts for its address, for the account and the address together, and for the account
alone. The last must not lock an owner out, whatever others do: beyond it, one more failure is all
that an address has in an hour, unless somebody has signed in to this account from it before.
Names that no account has are counted alike, so that the limits say nothing about who is here.
"""

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.signals import password_reset
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from posts import limits
from posts.addresses import client_address
from posts.counters import Rate, Use

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.http import HttpRequest

    from posts.models import User

    Base = DefaultAccountAdapter
else:
    Base = object

# How long an address is remembered from which somebody signed in to an account.
KNOWN = Rate(1_000_000, 30 * 86_400)


class TooManyAttempts(ValidationError):  # noqa: N818 -- a state of things, and expected
    """Too many wrong passwords. `seconds`: until the next one is checked."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            _("Too many failed login attempts. Try again later."), code="too_many_login_attempts"
        )
        self.seconds = seconds


class SignInLimits(Base):
    """For an account adapter: passwords are checked within the limits, and not by the library's.

    Every attempt is counted as a failure before its password is looked at, so that attempts at the
    same time can't pass together; one that succeeds is given back.
    """

    def pre_authenticate(self, request: "HttpRequest", **credentials: Any) -> None:
        """The library's own limit; see `authenticate` for ours."""

    def authenticate(self, request: "HttpRequest", **credentials: Any) -> "AbstractBaseUser | None":
        """The account of these credentials, or None.

        Raises:
            TooManyAttempts: the password was not looked at.
        """
        name = limits.folded(str(credentials.get("username") or credentials.get("email") or ""))
        try:
            reserve(name, request)
        except TooManyAttempts as error:
            # For a form, which knows it as an error like any other; see posts/guards.py.
            request.refused_seconds = error.seconds  # type: ignore[attr-defined] # ours
            raise
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user is not None:
            give_back(name, request, known=True)
        return user

    def get_client_ip(self, request: "HttpRequest") -> str:
        """The address as everything else here sees it. A proxy's mistake is no fault of ours."""
        return client_address(request)


def reserve(name: str, request: "HttpRequest") -> None:
    """Count a failure of this name from this address.

    Raises:
        TooManyAttempts: there were too many; nothing is counted.
    """
    uses = _uses(name, request)
    counted = limits.count(uses)
    limit_waits = [answer.wait_seconds for answer in counted[:2]]
    account, under_attack, known = counted[2:]
    if (wait := max(limit_waits)) > 0:
        raise TooManyAttempts(-int(-wait // 1))
    attacked = account.wait_seconds > 0 and under_attack.wait_seconds > 0
    if attacked and not known.count:
        give_back(name, request)
        wait = min(account.wait_seconds, under_attack.wait_seconds)
        raise TooManyAttempts(-int(-wait // 1))


def give_back(name: str, request: "HttpRequest", *, known: bool = False) -> None:
    """The attempt was none that failed. `known`: it succeeded, which the address keeps."""
    *failures, knowledge = _uses(name, request, cost=-1)
    limits.count([*failures, _known(knowledge.identity, cost=1)] if known else failures)


def _uses(name: str, request: "HttpRequest", *, cost: int = 1) -> list[Use]:
    """Address, pair, account, pair under attack; and whether the pair is known."""
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
    """Who has set a new password by a link in the mail begins anew from this address."""
    emails = [email.email for email in user.emailaddress_set.all()]
    for name in {limits.folded(text) for text in (user.username, user.email, *emails) if text}:
        pair = f"{name}|{limits.address_of(request)}"
        scopes = ("sign_in_failures", "failures_under_attack")
        cost = -max(limits.rate(scope).amount for scope in scopes) * 2
        limits.count([limits.use(scope, key=pair, cost=cost) for scope in scopes])


def connect() -> None:
    password_reset.connect(forget_failures, dispatch_uid="posts.sign_in_limits")
