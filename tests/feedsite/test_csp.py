"""The policy is the library's, word for word, though it is written once."""

from csp.decorators import csp_update
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client

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


def test_a_view_s_own_policy_and_a_nonce_are_written_for_it() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    changed = csp_update({"style-src": ["'unsafe-inline'"]})(view)
    for kind in KINDS:
        assert "style-src 'unsafe-inline'" in policy(kind, changed(HttpRequest()))
    given = [policy(kind, HttpResponse(), nonce="abc") for kind in KINDS]
    assert given[0] == given[1]


def test_a_policy_that_is_there_stays() -> None:
    own = HttpResponse(headers={HEADER: "default-src 'none'"})
    assert policy(ContentSecurityPolicyMiddleware, own) == "default-src 'none'"
