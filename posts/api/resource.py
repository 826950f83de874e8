"""What every answer of the API has in common."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[201], description="Where it is."
)
NOTHING = OpenApiResponse(description="Done; there is nothing to say.")


class Resource(APIView):
    """Every answer here is of the moment: kept anywhere, it must be asked about before it is used.

    What a signed-in reader gets is nobody else's.
    """

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        private = (
            request.method not in SAFE_METHODS
            or "Authorization" in request.headers
            or settings.SESSION_COOKIE_NAME in request.COOKIES
        )
        response.headers.setdefault("Cache-Control", "private, no-cache" if private else "no-cache")
        return response


def valid(
    form: type[Any],
    request: Request,
    *,
    partial: bool = False,
    context: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The content of the request; `ValidationError` names what is wrong with it, and where."""
    serializer = form(data=request.data, partial=partial, context=context or {})
    serializer.is_valid(raise_exception=True)
    values: dict[str, Any] = serializer.validated_data
    return values
