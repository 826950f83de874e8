"""Limits in front of allauth's pages and of the admin's password page.

Each guard counts a POST to the named view before the view runs and checks a password. The limits
of allauth are off: it keeps them in the cache, which evicts them when it is full.
"""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.forms import BaseForm
from django.forms.utils import ErrorDict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.utils.translation import ngettext
from django.views.generic import FormView

from posts import limits
from posts.counters import Use
from posts.errors import LimitExceededError
from posts.problems import problem

Form = TypeVar("Form", bound=BaseForm)
MINUTES_FROM_SECONDS = 120  # longer waits are shown in minutes


def by_address(scope: str, request: HttpRequest) -> Use | None:
    return limits.use(scope, request=request)


def by_account(scope: str, request: HttpRequest) -> Use | None:
    """Count by the signed-in account. Other requests are redirected to the sign-in page anyway."""
    return limits.use(scope, account=request.user.pk) if request.user.is_authenticated else None


def by_email(scope: str, request: HttpRequest) -> Use | None:
    """Count by the e-mail address in the form, whether or not an account has it."""
    email = limits.folded(request.POST.get("email", ""))
    return limits.use(scope, key=email) if email else None


def by_pending_account(scope: str, request: HttpRequest) -> Use | None:
    """Count by the account that gave the right password and still has to give a code."""
    pending = request.session.get("account_login")
    account = pending.get("user_pk") if isinstance(pending, dict) else None
    return limits.use(scope, key=f"pending:{account}") if account else None


class Guard(NamedTuple):
    scope: str
    by: Callable[[str, HttpRequest], Use | None]


_PASSWORD = (Guard("reauthentications", by_account),)
_CHANGE = (Guard("account_changes", by_account),)

# By the names of views, including those of allauth.mfa, which may not be installed.
GUARDS: dict[str, tuple[Guard, ...]] = {
    "account_signup": (Guard("sign_ups", by_address),),
    "account_reset_password": (
        Guard("password_resets", by_address),
        Guard("password_resets", by_email),
    ),
    "account_reset_password_from_key": (Guard("account_changes", by_address),),
    "account_confirm_email": (Guard("account_changes", by_address),),
    "account_reauthenticate": _PASSWORD,
    "account_change_password": _PASSWORD,
    "account_set_password": _PASSWORD,
    "account-delete": _PASSWORD,
    "admin:password_change": _PASSWORD,
    "account_email": _CHANGE,
    "preferences": _CHANGE,
    "mfa_authenticate": (Guard("codes", by_pending_account), Guard("sign_ins", by_address)),
    "mfa_login_webauthn": (Guard("sign_ins", by_address),),
    "mfa_signup_webauthn": (Guard("sign_ups", by_address),),
    "mfa_reauthenticate": (Guard("codes", by_account),),
    "mfa_reauthenticate_webauthn": _PASSWORD,
    "mfa_activate_totp": (Guard("codes", by_account),),
    "mfa_deactivate_totp": _CHANGE,
    "mfa_generate_recovery_codes": _CHANGE,
    "mfa_add_webauthn": _CHANGE,
    "mfa_edit_webauthn": _CHANGE,
    "mfa_remove_webauthn": _CHANGE,
}
# A refused form of these views is shown again as typed. A request alone can build each of them.
FORMS = {"account_signup", "account_reset_password", "account_change_password", "account_email"}


class LimitMiddleware:
    """Middleware that applies GUARDS, after the CSRF check: other sites can't use up limits."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # Set by posts/sign_in_limits.py: the form reports it as an error like any other.
        if seconds := getattr(request, "refused_seconds", 0):
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
            response.headers["Retry-After"] = str(seconds)
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        match = request.resolver_match
        guards = GUARDS.get(match.view_name) if match and request.method == "POST" else None
        if guards is None:
            return None
        seconds = limits.take(list(_uses(guards, request)))
        if not seconds:
            return None
        if (
            match
            and match.view_name in FORMS
            and request.user.is_authenticated
            == (match.view_name not in {"account_signup", "account_reset_password"})
        ):
            return form_again(request, view, seconds)
        return too_many(request, seconds)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return too_many(request, error.seconds) if isinstance(error, LimitExceededError) else None


def _uses(guards: tuple[Guard, ...], request: HttpRequest) -> Iterator[Use]:
    for guard in guards:
        if (use := guard.by(guard.scope, request)) is not None:
            yield use


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """Return 429: a page, or a problem document under `settings.PROGRAM_PATHS`."""
    headers = {"Retry-After": str(seconds), "Cache-Control": "no-store"}
    status = HTTPStatus.TOO_MANY_REQUESTS
    if request.path_info.startswith(settings.PROGRAM_PATHS):
        return problem(status, wait_text(seconds), headers=headers)
    response = render(request, "429.html", {"wait": wait_text(seconds)}, status=status)
    for name, value in headers.items():
        response.headers[name] = value
    return response


def form_again(request: HttpRequest, view: Any, seconds: int) -> HttpResponse:
    """Return the page of a class-based view with its form as sent, not validated."""
    page: FormView[Any] = view.view_class(**view.view_initkwargs)
    page.setup(request)
    form = unchecked(page.get_form())
    form.add_error(None, wait_text(seconds))
    response = page.render_to_response(page.get_context_data(form=form))
    response.status_code = HTTPStatus.TOO_MANY_REQUESTS
    response.headers["Retry-After"] = str(seconds)
    response.headers["Cache-Control"] = "no-store"
    return response.render() if isinstance(response, TemplateResponse) else response


def unchecked(form: Form) -> Form:
    """Return the form with what was typed, not validated: no password hashed, no query made."""
    form.cleaned_data = {}
    # The first step of `full_clean`; the rest is left out.
    form._errors = ErrorDict()  # type: ignore[attr-defined] # noqa: SLF001 -- Django's own
    return form


def wait_text(seconds: int) -> str:
    """Return the sentence that says how long to wait."""
    if seconds >= MINUTES_FROM_SECONDS:
        minutes = -(-seconds // 60)
        return ngettext(
            "That was a lot in a short time. Nothing is lost: wait %(minutes)d minute, then send"
            " it again.",
            "That was a lot in a short time. Nothing is lost: wait %(minutes)d minutes, then send"
            " it again.",
            minutes,
        ) % {"minutes": minutes}
    return ngettext(
        "That was a lot in a short time. Nothing is lost: wait %(seconds)d second, then send it"
        " again.",
        "That was a lot in a short time. Nothing is lost: wait %(seconds)d seconds, then send it"
        " again.",
        seconds,
    ) % {"seconds": seconds}
