"""A form as somebody sent it: let through, or sent back with what was typed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, models, transaction
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from posts import limits
from posts.confirmation import explanation, may_write
from posts.current_user import current_user
from posts.guards import unchecked, wait_text
from posts.images import BUSY_SECONDS, BusyError, RefusedError
from posts.models import User

View = Callable[..., HttpResponse]
Row = TypeVar("Row", bound=models.Model)
form_methods = require_http_methods(["GET", "HEAD", "POST"])

# Within this time, the same again is a second press of the same button.
REPEATED_WITHIN = timedelta(seconds=10)


def login_required_private(view: View) -> View:
    """Send anybody else to sign in first; keep the answer out of shared caches either way."""
    return cache_control(private=True, no_cache=True)(login_required(view))


def refusal(
    request: HttpRequest,
    form: BaseForm,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    unconfirmed_too: bool = False,
) -> HttpResponse | None:
    """The page to send instead of writing, with all that was typed; None when nothing is wrong.

    `unconfirmed_too`: people who have not confirmed an address may send this form as well.
    """
    chosen = [name for name in form.files if name in form.fields]
    scopes = ["writes", "uploads"] if chosen else ["writes"]
    seconds = limits.take([limits.use(scope, account=current_user(request)) for scope in scopes])
    if seconds:
        unchecked(form).add_error(None, wait_text(seconds))  # no image is worked on
    elif not (unconfirmed_too or may_write(current_user(request))):
        unchecked(form).add_error(None, explanation())
    elif form.is_valid():
        return None
    for name in chosen:
        if form.has_error(name, BusyError.code):
            seconds = BUSY_SECONDS
        if name not in form.errors or seconds:
            form.add_error(name, _("Choose the file again: a form that comes back has lost it."))
    return _sent_back(request, form, template, context, retry_after_seconds=seconds)


def image_refusal(
    request: HttpRequest,
    form: BaseForm,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    field: str,
    refused: RefusedError,
) -> HttpResponse:
    """The page to send when the image in `field` was refused only as it was to be stored."""
    form.add_error(field, str(refused))
    return _sent_back(request, form, template, context, status=refused.status)


def _sent_back(
    request: HttpRequest,
    form: BaseForm,
    template: str,
    context: dict[str, Any] | None,
    *,
    status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY,
    retry_after_seconds: int = 0,
) -> HttpResponse:
    if retry_after_seconds:
        status = HTTPStatus.TOO_MANY_REQUESTS
    page = render(request, template, {**(context or {}), "form": form}, status=status)
    if retry_after_seconds:
        page.headers["Retry-After"] = str(retry_after_seconds)
    return page


@contextmanager
def one_at_a_time(user: User) -> Iterator[None]:
    """A transaction in which nobody else writes in this user's name by a form.

    Two presses of one button come one after the other, so the second can see what the first made.
    """
    with transaction.atomic():
        # Foreign keys that point at this row are not held up by a lock that spares the key.
        get_object_or_404(User.objects.select_for_update(no_key=True), pk=user.pk)
        yield


def repeated(rows: models.QuerySet[Row]) -> Row | None:
    """The newest of these, if it was made a moment ago."""
    since = timezone.now() - REPEATED_WITHIN
    return rows.filter(created_at__gte=since).order_by("-pk").first()


@contextmanager
def not_found_if_deleted() -> Iterator[None]:
    """It was there a moment ago; if the database says that it no longer is, so do we."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise Http404 from error


def safe_next(request: HttpRequest) -> str | None:
    """Where the form says to go back to, if that is on this site."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else None
