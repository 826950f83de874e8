"""The cached Content-Security-Policy equals what django-csp builds for each response."""

from csp.constants import NONCE, SELF
from csp.decorators import csp_update
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client
from pytest_django import Settings

from feedsite.csp import ContentSecurityPolicyMiddleware

HEADER = "Content-Security-Policy"
KINDS = CSPMiddleware, ContentSecurityPolicyMiddleware


def policy(kind: type[CSPMiddleware], response: HttpResponseBase, *, nonce: str = "") -> str:
    middleware, request = kind(lambda _: HttpResponse()), HttpRequest()
    if nonce:
        request._csp_nonce = nonce  # type: ignore[attr-defined] # set when a template uses the nonce
    return str(middleware.process_response(request, response)[HEADER])


def test_cached_policy_equals_the_policy_of_the_library() -> None:
    default = policy(CSPMiddleware, HttpResponse())
    assert "default-src 'self'" in default
    assert policy(ContentSecurityPolicyMiddleware, HttpResponse()) == default
    assert Client().get("/nothing/")[HEADER] == default


def test_policy_changed_by_a_view_is_used() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    changed = csp_update({"style-src": ["'unsafe-inline'"]})(view)
    for kind in KINDS:
        assert "style-src 'unsafe-inline'" in policy(kind, changed(HttpRequest()))


def test_nonce_is_in_the_policy(settings: Settings) -> None:
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"script-src": [SELF, NONCE]}}
    for kind in KINDS:
        assert "'nonce-abc'" in policy(kind, HttpResponse(), nonce="abc")


def test_policy_set_by_the_response_is_kept() -> None:
    response = HttpResponse(headers={HEADER: "default-src 'none'"})
    assert policy(ContentSecurityPolicyMiddleware, response) == "default-src 'none'"
