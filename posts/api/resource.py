"""The base class of the API's views."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from freshcache.front_door.headers import has_credentials
from posts import throttles

LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[201], description="Where it is."
)
ETAG = OpenApiParameter(
    "ETag",
    str,
    OpenApiParameter.HEADER,
    response=[200, 201],
    description="For If-Match. It also changes with counts, which If-Match ignores.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="An ETag of it: 412 if it was changed since. Counts of likes do not matter.",
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!-~]{1,255}$"},
    OpenApiParameter.HEADER,
    description=(
        "A UUID, or another text that is new for each request. Sent again within 7 days with the"
        " same body, it makes nothing new: the answer is 201 with what the first request made, as"
        " it is now, or 409 if that was deleted. With another body: 422."
    ),
)
REPLAYED = OpenApiParameter(
    "Idempotent-Replayed",
    str,
    OpenApiParameter.HEADER,
    response=[201],
    description="`true` if an earlier request with this key made it.",
)
# Where a page of this site may send its CSRF token, in a form.
_CSRF_FIELD = "csrfmiddlewaretoken"
UNKNOWN_FIELD = "There is no such field."
NOTHING = OpenApiResponse(description="Done; there is nothing to say.")


class Resource(APIView):
    """A view whose responses caches must revalidate before each use (`no-cache`).

    Responses for signed-in users are `private`.
    """

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in throttles.headers(request).items():
            response.headers[name] = value
        private = request.method not in SAFE_METHODS or has_credentials(request)
        response.headers.setdefault("Cache-Control", "private, no-cache" if private else "no-cache")
        return response


def link_header(request: Request, *, limit: int, following: str | None) -> dict[str, str]:
    """Return the header Link (RFC 8288): the page after the cursor `following`, and the first."""
    first = f"{request.build_absolute_uri(request.path)}?limit={limit}"
    links = [f'<{first}&cursor={following}>; rel="next"'] if following else []
    return {"Link": ", ".join([*links, f'<{first}>; rel="first"'])}


def valid(
    form: type[Any],
    request: Request,
    *,
    partial: bool = False,
    context: dict[str, Any] | None = None,
    body: type[Any] | None = None,
    read_only: Collection[str] = (),
) -> dict[str, Any]:
    """Return the validated content of the request.

    `body`: the form with all fields that it may have, if `form` takes only some of them.
    `read_only`: names of fields that are ignored, so that what was read can be sent back.

    Raises:
        ValidationError: it is not valid; the error names the fields.
    """
    _refuse_unknown(body or form, request.data, read_only)
    values: dict[str, Any]
    if not partial and context is None:
        values = _ready(form).run_validation(request.data)  # type: ignore[arg-type] # it is hashable
        return values
    serializer = form(data=request.data, partial=partial, context=context or {})
    serializer.is_valid(raise_exception=True)
    values = serializer.validated_data
    return values


def _refuse_unknown(form: type[Any], data: Any, read_only: Collection[str]) -> None:
    """Refuse fields that the request may not have, which it would believe to be stored.

    Raises:
        ValidationError: it has such fields; the error names them.
    """
    if not isinstance(data, Mapping):
        return
    known = {*_ready(form).fields, *read_only, _CSRF_FIELD}  # type: ignore[arg-type] # it is hashable
    if unknown := [name for name in data if name not in known]:
        raise ValidationError({name: [ErrorDetail(UNKNOWN_FIELD, "unknown")] for name in unknown})


@cache
def _ready(form: type[Any]) -> Any:
    """Return a serializer without context, for all threads: a validation changes nothing in it."""
    return form()
