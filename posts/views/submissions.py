"""Submitted forms: accepted, or shown again with what was typed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, models, transaction
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from freshcache.errors import DATABASE_FAILURES
from posts import idempotency, limits
from posts.confirmation import explanation
from posts.current_user import current_user
from posts.errors import (
    RETRY_IMAGE_SECONDS,
    ImageBusyError,
    ImageRefusedError,
    is_outcome_unknown,
)
from posts.guards import unchecked, wait_text
from posts.models import Comment, Post
from posts.problems import RETRY_AFTER_SECONDS, UNKNOWN
from posts.versions import version_of

View = Callable[..., HttpResponse]
Row = TypeVar("Row", bound=models.Model)
form_methods = require_http_methods(["GET", "HEAD", "POST"])

NOT_SAVED = gettext_lazy("This was not saved: the database does not answer. Try again in a moment.")
SEND_AGAIN = gettext_lazy(
    "It is unknown whether this was saved. Send it again: it is not written twice."
)
DELETED_SINCE = gettext_lazy(
    "This was sent before, and deleted since. It is not there now. Send it again to write it anew."
)
NEWER = gettext_lazy(
    "This was changed after you began to edit it, so yours is not saved yet. Compare the two, then"
    " save again."
)
CHOOSE_AGAIN = gettext_lazy("Choose the file again: a form that comes back has lost it.")


def login_required_private(view: View) -> View:
    """Redirect visitors to the sign-in page; keep all responses out of shared caches."""
    return cache_control(private=True, no_cache=True)(login_required(view))


def refusal(
    request: HttpRequest,
    form: BaseForm,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    unconfirmed_too: bool = False,
) -> HttpResponse | None:
    """Return the page that refuses the form, with all that was typed; None if it is accepted.

    `unconfirmed_too`: accounts without a confirmed address may send this form too.
    """
    chosen = [name for name in form.files if name in form.fields]
    uses = [limits.use("writes", account=current_user(request))]
    if chosen:
        files = sum(len(idempotency.values_of(form.files, name)) for name in chosen)
        uses.append(limits.use("uploads", account=current_user(request), cost=files))
    seconds = limits.take(uses)
    if seconds:
        unchecked(form).add_error(None, wait_text(seconds))  # no image is decoded
    elif not (unconfirmed_too or current_user(request).may_write):
        unchecked(form).add_error(None, explanation())
    elif form.is_valid():
        return None
    for name in chosen:
        if form.has_error(name, ImageBusyError.code):
            seconds = RETRY_IMAGE_SECONDS
        if name not in form.errors or seconds:
            form.add_error(name, CHOOSE_AGAIN)
    return _form_again(request, form, template, context, retry_after_seconds=seconds)


def write_once(
    request: HttpRequest,
    form: BaseForm,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    kind: str,
    rows: models.QuerySet[Row],
    write: Callable[[], Row],
) -> int | HttpResponse:
    """Write what the form holds, and its key, in one transaction; return the id of the row.

    The same form sent again gets the id of the same row. A form that is not accepted gets the page
    that says so. `kind`: see `idempotency.of_form`. `rows`: where the written row is found.
    """
    sent = idempotency.of_form(current_user(request).pk, kind, form)
    refused = refusal(request, form, template, context)
    try:
        if refused:
            pk = idempotency.find(sent)  # it may have been accepted when it was sent first
            if pk is None:
                return refused
        else:
            with not_found_if_deleted():
                pk, row = idempotency.once(sent, write)
            if row is not None:
                return pk
        if rows.filter(pk=pk).exists():
            return pk
    except ImageRefusedError as error:
        return image_refusal(request, form, template, context, field="image", refused=error)
    except DATABASE_FAILURES as error:
        return database_refusal(request, form, template, context, error=error)
    hidden = {"key": idempotency.new_key()}
    return _conflict(request, form, template, context, error=DELETED_SINCE, hidden=hidden)


def newer_version(
    request: HttpRequest,
    form: BaseForm,
    template: str,
    context: dict[str, Any],
    *,
    newer: Post | Comment,
) -> HttpResponse:
    """Return the form with all that was typed, and the post or comment as it is now."""
    name = "post" if isinstance(newer, Post) else "comment"
    context = {**context, name: newer, "newer": newer}
    hidden = {"version": version_of(newer)}
    return _conflict(request, form, template, context, error=NEWER, hidden=hidden)


def _conflict(
    request: HttpRequest,
    form: BaseForm,
    template: str,
    context: dict[str, Any] | None,
    *,
    error: Any,
    hidden: dict[str, str],
) -> HttpResponse:
    """Return the form such that sending it again is accepted, by the new `hidden` values."""
    data = request.POST.copy()
    for name, value in hidden.items():
        data[name] = value
    form.data = data
    unchecked(form).add_error(None, error)
    for name in form.files:
        if name in form.fields:
            form.add_error(name, CHOOSE_AGAIN)
    return _form_again(request, form, template, context, status=HTTPStatus.CONFLICT)


def image_refusal(
    request: HttpRequest,
    form: BaseForm,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    field: str,
    refused: ImageRefusedError,
) -> HttpResponse:
    """Return the page that refuses the form because its image in `field` can't be stored."""
    form.add_error(field, str(refused))
    return _form_again(request, form, template, context, status=refused.status)


def database_refusal(
    request: HttpRequest,
    form: BaseForm,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    error: Exception,
) -> HttpResponse:
    """Return the form with all that was typed: the database failed while it was saved.

    Raises:
        Exception: `error`, if the page needs the database too.
    """
    unknown = is_outcome_unknown(request, error)
    is_safe = idempotency.form_key(form.data.get("key")) or form.data.get("version")
    sentence = (SEND_AGAIN if is_safe else UNKNOWN) if unknown else NOT_SAVED
    unchecked(form).add_error(None, sentence)
    status = HTTPStatus.INTERNAL_SERVER_ERROR if unknown else HTTPStatus.SERVICE_UNAVAILABLE
    try:
        page = _form_again(request, form, template, context, status=status)
    except DATABASE_FAILURES:
        raise error from None
    page.headers["Cache-Control"] = "no-store"
    if not unknown:
        page.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return page


def _form_again(
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
def not_found_if_deleted() -> Iterator[None]:
    """Turn an IntegrityError into a 404: the row that is referred to was deleted meanwhile."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise Http404 from error


def safe_next(request: HttpRequest) -> str | None:
    """Return the `next` path of the form if it is on this site."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else None
