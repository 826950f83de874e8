"""The policy is the library's, word for word, though it is written once."""

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
        request._csp_nonce = nonce  # type: ignore[attr-defined] # as when a template asks for it
    return str(middleware.process_response(request, response)[HEADER])


def test_it_is_what_the_library_writes() -> None:
    usual = policy(CSPMiddleware, HttpResponse())
    assert "default-src 'self'" in usual
    assert policy(ContentSecurityPolicyMiddleware, HttpResponse()) == usual
    assert Client().get("/nothing/")[HEADER] == usual


def test_a_view_s_own_policy_is_written_for_it() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    changed = csp_update({"style-src": ["'unsafe-inline'"]})(view)
    for kind in KINDS:
        assert "style-src 'unsafe-inline'" in policy(kind, changed(HttpRequest()))


def test_so_is_a_nonce(settings: Settings) -> None:
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"script-src": [SELF, NONCE]}}
    for kind in KINDS:
        assert "'nonce-abc'" in policy(kind, HttpResponse(), nonce="abc")


def test_a_policy_that_is_there_stays() -> None:
    own = HttpResponse(headers={HEADER: "default-src 'none'"})
    assert policy(ContentSecurityPolicyMiddleware, own) == "default-src 'none'"
