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

WRITES = frozenset({"post", "put", "patch", "delete"})

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
# What each error says; `_errors` tells which of them an operation has.
ERRORS = {
    400: "The body or the query is not valid.",
    401: "The token is missing, wrong, revoked or expired.",
    403: "The account may not do this.",
    404: "There is nothing at this address.",
    409: "What this Idempotency-Key has made was deleted since.",
    412: "It was changed after the version in If-Match.",
    413: "The body is too large.",
    415: "The body has another type.",
    422: "This Idempotency-Key came with another body before, or the image is refused.",
    429: "Too many requests: `Retry-After` says when to try again.",
    503: "The site or its database is busy or away: `Retry-After` says when to try again.",
    507: "The image could not be stored.",
}
SECONDS: dict[str, Any] = {
    "description": "Seconds until a new try may succeed.",
    "schema": {"type": "integer", "minimum": 1},
}
LIMIT_HEADERS: dict[str, Any] = {
    "RateLimit-Policy": {
        "description": "The limits that it counts for: `q` uses in `w` seconds"
        " (draft-ietf-httpapi-ratelimit-headers).",
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": "How many uses `r` are left of each.",
        "schema": {"type": "string"},
    },
}
# Reads that no shared page answers are counted by address.
COUNTED_READS = frozenset(
    {
        *("feed", "search", "tag_posts"),
        *("authors", "author_posts", "author_comments", "post_history"),
    }
)


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # its registry has no types
    target_class = "posts.tokens.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


def describe_problems(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Add the errors of each operation, which are problems, and the headers of limits."""
    schemas = result["components"]["schemas"]
    schemas["Problem"] = PROBLEM
    for operations in result["paths"].values():
        for method, operation in operations.items():
            responses = operation["responses"]
            for body in operation.get("requestBody", {"content": {}})["content"].values():
                if name := body["schema"].get("$ref", "").rpartition("/")[2]:
                    schemas[name]["additionalProperties"] = False
            if method in WRITES:
                for response in responses.values():
                    response["headers"] = {**response.get("headers", {}), **LIMIT_HEADERS}
            for status in sorted(_errors(method, operation)):
                responses[str(status)] = _problem_response(status)
    return result


def _errors(method: str, operation: dict[str, Any]) -> set[int]:
    """Return the statuses of errors that an operation may have."""
    places = {parameter["in"] for parameter in operation.get("parameters", ())}
    names = {parameter["name"] for parameter in operation.get("parameters", ())}
    has_body = "requestBody" in operation
    statuses = {503}
    if "path" in places:
        statuses |= {404}
    if "query" in places or has_body:
        statuses |= {400}
    if any(operation.get("security", [{}])) or operation["operationId"] == "token_create":
        statuses |= {401}
    if method in WRITES:
        statuses |= {403, 429}
    if has_body:
        statuses |= {413, 415}
        statuses |= (
            {422, 507} if "multipart/form-data" in operation["requestBody"]["content"] else set()
        )
    if "Idempotency-Key" in names:
        statuses |= {400, 409, 422}
    if "If-Match" in names:
        statuses |= {412}
    if operation["operationId"] in COUNTED_READS:
        statuses |= {429}
    return statuses


def _problem_response(status: int) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": ERRORS[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in {429, 503}:
        response["headers"] = {"Retry-After": SECONDS}
    return response


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
