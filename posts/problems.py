"""Error responses: problem+json (RFC 9457) for programs, an HTML page for people.

No cache may store an error response. No response has details that its reader may not see.
"""

import sys
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.template import TemplateDoesNotExist, loader
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_standardized_errors.formatter import flatten_errors
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.types import ExceptionHandlerContext
from rest_framework.exceptions import (
    APIException,
    ErrorDetail,
    ParseError,
    Throttled,
    ValidationError,
)
from rest_framework.permissions import SAFE_METHODS
from rest_framework.settings import api_settings

from freshcache.errors import DATABASE_FAILURES
from posts.errors import (
    CodedRefusalError,
    ImageRefusedError,
    LimitExceededError,
    WriteRefusedError,
    is_outcome_unknown,
)
from posts.problem_types import type_of

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5

DETAILS = {
    400: _("The request can't be understood."),
    403: _("You may not do this."),
    404: _("There is nothing at this address."),
    500: _("Something went wrong here; it has been logged."),
    503: _("The database can't be reached just now. Try again in a few seconds."),
}
UNKNOWN = _("It is unknown whether this was saved. Look before you send it again.")
SAME_KEY = "It is unknown whether this was saved. With the same key it can safely be sent again."
UNKNOWN_CODE = "outcome_unknown"
# Used when the template of the error page fails.
PLAIN_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    '<h1>{title}</h1><p>{detail}</p><p><a href="/">Back to the feed</a></p></html>'
)


class TooLarge(APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is larger than this service reads."
    default_code = "too_large"


class ImageNotTaken(APIException):
    """An image that is refused for a reason that is not in the image."""

    def __init__(self, refused: ImageRefusedError) -> None:
        super().__init__(str(refused), refused.code)
        self.status_code = refused.status
        self.wait = refused.retry_after_seconds


class DatabaseAway(APIException):
    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = DETAILS[503]
    default_code = "database_away"
    wait = RETRY_AFTER_SECONDS


class OutcomeUnknown(APIException):
    """A 500 without Retry-After: a client that sends it again without a key may do it twice."""

    default_detail = UNKNOWN
    default_code = UNKNOWN_CODE


def problem(
    status: int,
    detail: str,
    *,
    code: str | None = None,
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JsonResponse:
    """Return a problem document. `errors` lists the invalid fields of the request's content.

    `code` names a reason that programs handle in a special way.
    """
    body: dict[str, Any] = {
        "type": type_of("invalid_input" if errors else code),
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if code is not None:
        body["code"] = code
    if errors is not None:
        body["errors"] = errors
    headers = {"Cache-Control": "no-store", **(headers or {})}
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE, headers=headers)


def _image_problem(refused: ImageRefusedError) -> APIException:
    if refused.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return ValidationError({"image": [ErrorDetail(str(refused), refused.code)]})
    return ImageNotTaken(refused)


def _database_problem(request: Any, error: Exception) -> APIException:
    if not is_outcome_unknown(request, error):
        return DatabaseAway()
    return OutcomeUnknown(SAME_KEY if "HTTP_IDEMPOTENCY_KEY" in request.META else None)


class ProblemHandler(ExceptionHandler):
    """Turns exceptions of DRF views into problem documents; unexpected ones are logged too."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, DATABASE_FAILURES):
            return _database_problem(self.context["request"], exc)
        if isinstance(exc, LimitExceededError):
            return Throttled(wait=exc.seconds)
        if isinstance(exc, RequestDataTooBig):
            return TooLarge()
        if isinstance(exc, ImageRefusedError):
            return _image_problem(exc)
        if isinstance(exc, SuspiciousOperation | BadRequest | MultiPartParserError):
            return ParseError(DETAILS[400])
        converted: Exception = super().convert_known_exceptions(exc)
        return converted

    def convert_unhandled_exceptions(self, exc: Exception) -> APIException:
        return exc if isinstance(exc, APIException) else APIException(DETAILS[500])

    def format_exception(self, exc: APIException) -> dict[str, Any]:
        if not isinstance(exc, ValidationError):
            has_code = isinstance(exc, CodedRefusalError | WriteRefusedError | OutcomeUnknown)
            coded = {"code": exc.default_code} if has_code else {}
            return {"detail": str(exc.detail), **coded}
        in_body = _has_body(self.context["request"])
        errors = [
            {
                "field": error.attr or api_settings.NON_FIELD_ERRORS_KEY,
                **({"pointer": _pointer(error.attr)} if in_body and error.attr else {}),
                "code": error.code,
                "detail": error.detail,
            }
            for error in flatten_errors(exc.detail)
        ]
        return {
            "detail": " ".join(f"{error['field']}: {error['detail']}" for error in errors),
            "errors": errors,
        }

    def get_response(self, exc: APIException, data: dict[str, Any]) -> HttpResponse:  # type: ignore[override] # DRF takes any response
        # Not DRF's response, which the view's renderer (YAML, HTML) would render.
        return problem(exc.status_code, **data, headers=self.get_headers(exc))


def _has_body(request: Any) -> bool:
    return request.method not in SAFE_METHODS


def _pointer(attribute: str) -> str:
    """Return the place in the body that `a.0.b` names, as a JSON pointer (RFC 6901)."""
    escaped = attribute.replace("~", "~0").replace("/", "~1")
    return f"#/{escaped.replace('.', '/')}"


def exception_handler(exc: Exception, context: ExceptionHandlerContext) -> HttpResponse | None:
    """DRF's EXCEPTION_HANDLER. None for an unexpected error with DEBUG: Django shows it."""
    response: HttpResponse | None = ProblemHandler(exc, context).run()
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    # Without the request, since its host may be invalid.
    return _error(request, HTTPStatus.BAD_REQUEST, bare=True)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, HTTPStatus.FORBIDDEN)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, HTTPStatus.NOT_FOUND)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _error(
        request,
        HTTPStatus.FORBIDDEN,
        detail=gettext(
            "The form's protection against forgery (CSRF) has expired or cookies are off."
            " Load the page again, then send it again."
        ),
    )


def busy(request: HttpRequest) -> HttpResponse:
    """Return 503: too many threads read pages that are rarely read."""
    detail = gettext("Too many people read older pages just now. Try again in a moment.")
    status = HTTPStatus.SERVICE_UNAVAILABLE
    return _error(request, status, detail=detail, bare=True, template="busy.html")


def server_error(request: HttpRequest) -> HttpResponse:
    """For every fault that nothing caught, a middleware's too; 503 if it is a lost database."""
    error = sys.exc_info()[1]
    if isinstance(error, DATABASE_FAILURES):
        if is_outcome_unknown(request, error):
            status, detail = HTTPStatus.INTERNAL_SERVER_ERROR, str(UNKNOWN)
            return _error(request, status, detail=detail, bare=True, code=UNKNOWN_CODE)
        return _error(request, HTTPStatus.SERVICE_UNAVAILABLE, bare=True)
    return _error(request, HTTPStatus.INTERNAL_SERVER_ERROR, bare=True)


def _error(
    request: HttpRequest,
    status: HTTPStatus,
    *,
    detail: str = "",
    bare: bool = False,
    template: str = "",
    code: str | None = None,
) -> HttpResponse:
    """Return an error page or a problem. `bare`: without the request, so no session is read."""
    detail = detail or str(DETAILS[status])
    headers = {"Cache-Control": "no-store"}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if request.path_info.startswith(settings.PROGRAM_PATHS):
        return problem(status, detail, code=code, headers=headers)
    context = {"status": status.value, "title": status.phrase, "detail": detail}
    try:
        page: str = loader.render_to_string(
            template or f"{status}.html", context, None if bare else request
        )
    except Exception as error:
        if not bare and not isinstance(error, TemplateDoesNotExist):
            raise
        page = PLAIN_PAGE.format(**context)
    return HttpResponse(page, status=status, headers=headers)
