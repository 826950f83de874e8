"""The Content-Security-Policy header, built once per process."""

from dataclasses import asdict
from functools import cached_property

from csp.constants import HEADER
from csp.middleware import CSPMiddleware, PolicyParts
from csp.utils import build_policy
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

# Django's admin and Swagger UI: their scripts write HTML as strings.
WITHOUT_TRUSTED_TYPES = ("/admin/", "/api/docs/")
TRUSTED_TYPES = ("require-trusted-types-for", "trusted-types")


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """django-csp's middleware with a cached header.

    django-csp builds the header for each response, which is a tenth of the cost of a signed-in
    reader's page. Here it is built only for a view that changes the policy or uses a nonce.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        changed = hasattr(request, "_csp_nonce") or any(
            name.startswith("_csp") for name in vars(response)
        )
        if changed:
            return super().process_response(request, response)
        untyped = request.path_info.startswith(WITHOUT_TRUSTED_TYPES)
        response.headers.setdefault(HEADER, self._untyped_header if untyped else self._header)
        return response

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts: PolicyParts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith(WITHOUT_TRUSTED_TYPES):
            parts.replace = {**(parts.replace or {}), **dict.fromkeys(TRUSTED_TYPES)}
        return parts

    @cached_property
    def _header(self) -> str:
        return self._build(HttpRequest())

    @cached_property
    def _untyped_header(self) -> str:
        request = HttpRequest()
        request.path_info = WITHOUT_TRUSTED_TYPES[0]
        return self._build(request)

    def _build(self, request: HttpRequest) -> str:
        return build_policy(**asdict(self.get_policy_parts(request, HttpResponse())))
