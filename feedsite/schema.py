"""The description of the API: OpenAPI for programs, Swagger UI for people."""

import hashlib
import threading
from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.http import HttpResponse
from django.utils.encoding import force_bytes
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request

from posts.problems import MEDIA_TYPE

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": "A page about this kind of problem, or `about:blank`.",
        },
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence for a person."},
        "code": {
            "type": "string",
            "description": (
                "A reason for programs: 403 `address_not_confirmed` or `second_factor_needed`;"
                " of Idempotency-Key, 400 `invalid_key`, 422 `key_reused`, 409 `deleted_since`;"
                " of If-Match, 412 `newer_version`; 500, 502 or 504 `outcome_unknown`."
            ),
        },
        "errors": {
            "type": "array",
            "description": "Only with 400: what is wrong with the content, field by field.",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {
                    "field": {"type": "string"},
                    "pointer": {
                        "type": "string",
                        "description": "Its place in the body, as a JSON pointer (RFC 6901).",
                    },
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
ANY_ERROR: dict[str, Any] = {
    "description": "Any error.",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # its registry has no types
    target_class = "posts.tokens.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


def describe_problems(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Add a default response to each operation: any error it does not list is a problem."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"].setdefault("default", ANY_ERROR)
    return result


# The schema by format (JSON, YAML). It does not change while the process lives.
_rendered: dict[str, bytes] = {}
_lock = threading.Lock()


class Schema(SpectacularAPIView):
    """The schema as a file."""

    # JSON first, as the default: a YAML parser can read it too.
    renderer_classes = [
        OpenApiJsonRenderer2,
        OpenApiJsonRenderer,
        OpenApiYamlRenderer,
        OpenApiYamlRenderer2,
    ]

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the schema, which is built once per process: that takes 40 ms of CPU time."""
        renderer = request.accepted_renderer
        with _lock:
            if renderer.format not in _rendered:
                generator: Any = SchemaGenerator
                schema = generator().get_schema(request=None, public=True)
                rendered = renderer.render(schema, renderer.media_type, {})
                _rendered[renderer.format] = force_bytes(rendered)
        body = _rendered[renderer.format]
        return HttpResponse(
            body,
            content_type=renderer.media_type,
            headers={
                "Cache-Control": "public, max-age=60",
                "Content-Disposition": f'inline; filename="Feed.{renderer.format}"',
                "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
            },
        )


# Swagger UI needs inline styles: a style element and style attributes. Its scripts are files.
docs = csp_update({"style-src": [SELF, UNSAFE_INLINE]})(
    SpectacularSwaggerSplitView.as_view(url_name="api-schema")
)
