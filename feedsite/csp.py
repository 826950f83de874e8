"""The Content-Security-Policy header, put into words once."""

from dataclasses import asdict
from functools import cached_property

from csp.constants import HEADER
from csp.middleware import CSPMiddleware, PolicyParts
from csp.utils import build_policy
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

# Pages whose scripts are not ours and write HTML as strings: Django's admin and Swagger UI.
WITHOUT_TRUSTED_TYPES = ("/admin/", "/api/docs/")
TRUSTED_TYPES = ("require-trusted-types-for", "trusted-types")


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """django-csp's, which writes the policy anew for every answer: a tenth of what a signed-in
    reader's page costs. Only a view that changes it, or asks for a nonce, has it written."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        own = hasattr(request, "_csp_nonce") or any(
            name.startswith("_csp") for name in vars(response)
        )
        if own:
            return super().process_response(request, response)
        untyped = request.path_info.startswith(WITHOUT_TRUSTED_TYPES)
        response.headers.setdefault(HEADER, self._untyped if untyped else self._usual)
        return response

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts: PolicyParts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith(WITHOUT_TRUSTED_TYPES):
            parts.replace = {**(parts.replace or {}), **dict.fromkeys(TRUSTED_TYPES)}
        return parts

    @cached_property
    def _usual(self) -> str:
        return self._written(HttpRequest())

    @cached_property
    def _untyped(self) -> str:
        request = HttpRequest()
        request.path_info = WITHOUT_TRUSTED_TYPES[0]
        return self._written(request)

    def _written(self, request: HttpRequest) -> str:
        return build_policy(**asdict(self.get_policy_parts(request, HttpResponse())))
