"""The kinds of problem that programs act on. Each is the `type` (RFC 9457) of a problem document.

Problems of all other kinds have the type `about:blank`: their status says all.
"""

from http import HTTPStatus
from typing import NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe


class ProblemType(NamedTuple):
    """`meaning`: what has happened. `action`: what a program should do."""

    statuses: tuple[HTTPStatus, ...]
    meaning: str
    action: str


# By the member `code` of the document.
PROBLEM_TYPES: dict[str, ProblemType] = {
    "invalid_input": ProblemType(
        (HTTPStatus.BAD_REQUEST,),
        "Fields of the body or parameters of the query have values that are not allowed, or names"
        " that do not exist.",
        "Read the member `errors`: `field` and `pointer` (RFC 6901) name each, `detail` says why.",
    ),
    "address_not_confirmed": ProblemType(
        (HTTPStatus.FORBIDDEN,),
        "The account has not confirmed its email address, so it may read and not write.",
        "Ask the owner of the account to open the link in the mail that the site has sent.",
    ),
    "second_factor_needed": ProblemType(
        (HTTPStatus.FORBIDDEN,),
        "The account has a second factor, so a password alone gives no token.",
        "Ask the owner to sign in on the site, and to make a token under Sessions and tokens.",
    ),
    "invalid_key": ProblemType(
        (HTTPStatus.BAD_REQUEST,),
        "The header Idempotency-Key has a form that is not allowed.",
        "Send 1 to 255 visible ASCII characters, best a UUID, with or without quotation marks.",
    ),
    "key_reused": ProblemType(
        (HTTPStatus.UNPROCESSABLE_ENTITY,),
        "The same Idempotency-Key came before with another body. Nothing was done.",
        "Make a new key for each request, and send a key again only with the same body.",
    ),
    "deleted_since": ProblemType(
        (HTTPStatus.CONFLICT,),
        "The request with this Idempotency-Key was done, and what it made was deleted since.",
        "Do not repeat the request. To make it anew, send it with a new key.",
    ),
    "newer_version": ProblemType(
        (HTTPStatus.PRECONDITION_FAILED,),
        "It was changed after the version that If-Match names. Nothing was done.",
        "Read it again, join the two changes, and send the new ETag in If-Match.",
    ),
    "outcome_unknown": ProblemType(
        (HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT),
        "The connection broke while the write was being stored: it is unknown whether it was.",
        "Send it again with the same Idempotency-Key. Without a key, look first.",
    ),
}
BLANK = "about:blank"


def type_of(code: str | None) -> str:
    """Return the `type` of a problem with this code: a reference to its page, or `about:blank`."""
    return reverse("problem-type", args=[code]) if code in PROBLEM_TYPES else BLANK


@require_safe
def problem_type(request: HttpRequest, code: str) -> HttpResponse:
    """The page of a kind of problem."""
    if (found := PROBLEM_TYPES.get(code)) is None:
        raise Http404
    return render(request, "posts/problem_type.html", {"code": code, "type": found})
