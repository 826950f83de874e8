"""The page of a user's sessions and API tokens: it lists and ends them, and makes tokens."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from posts import sessions, tokens
from posts.current_user import current_user
from posts.errors import PasswordChangedError
from posts.forms import EndForm, TokenForm
from posts.models import DEFAULT_TOKEN_NAME, User
from posts.serializers import moment_json
from posts.views.submissions import form_methods, login_required_private, refusal

TEMPLATE = "account/sessions.html"


@form_methods
@login_required_private
def access(request: HttpRequest) -> HttpResponse:
    """Show the page *Sessions and tokens*. POST ends one of them, or several."""
    user = current_user(request)
    if request.method != "POST":
        return render(request, TEMPLATE, _context(request, user))
    form = EndForm(request.POST)
    context = _context(request, user)
    if refused := refusal(request, form, TEMPLATE, context, unconfirmed_too=True):
        return refused
    messages.success(request, _end(request, user, form.cleaned_data))
    return redirect("account-sessions")


@never_cache
@form_methods
@login_required_private
@reauthentication_required(allow_get=True, app="posts")  # type: ignore[untyped-decorator] # allauth has no types
def make_token(request: HttpRequest) -> HttpResponse:
    """Make a token. Only this response shows it; its owner gets a mail."""
    user = current_user(request)
    if request.method != "POST":
        return redirect("account-sessions")
    form = TokenForm(request.POST)
    if refused := refusal(request, form, TEMPLATE, {**_context(request, user), "token_form": form}):
        return refused
    try:
        with transaction.atomic():
            issued = tokens.issue(user, name=form.cleaned_data["name"])
            get_adapter(request).send_notification_mail(
                "account/email/token_made", user, {"name": issued.name}
            )
    except PasswordChangedError:
        return redirect("account-sessions")  # which redirects to the sign-in page
    return render(request, TEMPLATE, {**_context(request, user), "issued": issued})


def _end(request: HttpRequest, user: User, chosen: dict[str, str]) -> str:
    """End the chosen sessions or tokens; return the message. Ending twice is no error."""
    match chosen["target"]:
        case "session":
            sessions.end(user, int(chosen["id"]), except_key=str(request.session.session_key))
            return _("The session is ended.")
        case "sessions":
            sessions.end_others(request, user)
            return _("All other sessions are ended.")
        case "token":
            tokens.end(user, chosen["id"])
            return _("The token is ended.")
    tokens.end_all(user)
    return _("All tokens are ended.")


def _context(request: HttpRequest, user: User) -> dict[str, Any]:
    form = TokenForm()
    return {
        "form": form,
        "token_form": form,
        "sessions": [
            {
                "id": record.pk,
                "name": record.name,
                "began": moment_json(record.created_at),
                "used": moment_json(record.used_at),
                "current": record.session_id == request.session.session_key,
            }
            for record in sessions.of(user)
        ],
        "tokens": [_shown(token) for token in tokens.of(user)],
    }


def _shown(token: Any) -> dict[str, Any]:
    record = getattr(token, "record", None)
    return {
        "id": tokens.id_of(token),
        "name": record.name if record else DEFAULT_TOKEN_NAME,
        "made": moment_json(token.created),
        "used": moment_json(record.used_at) if record and record.used_at else "",
        "ends": moment_json(token.expiry) if token.expiry else "",
    }
