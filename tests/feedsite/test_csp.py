"""The policy is the library's, word for word, though it is written once."""

from csp.decorators import csp_update
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import Client

from feedsite.csp import ContentSecurityPolicyMiddleware

HEADER = "Content-Security-Policy"


def policy(kind: type[CSPMiddleware], response: HttpResponse, *, nonce: bool = False) -> str:
    def answer(request: HttpRequest) -> HttpResponse:
        if nonce:
            request._csp_nonce = "abc"  # type: ignore[attr-defined] # as a template asks for it
        return response

    request = HttpRequest()
    return kind(answer)(request)[HEADER]


def test_it_is_what_the_library_writes() -> None:
    usual = policy(CSPMiddleware, HttpResponse())
    assert "default-src 'self'" in usual
    assert policy(ContentSecurityPolicyMiddleware, HttpResponse()) == usual
    assert Client().get("/nothing/")[HEADER] == usual


def test_a_view_s_own_policy_and_a_nonce_are_written_for_it() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    changed = csp_update({"style-src": ["'unsafe-inline'"]})(view)
    for kind in (CSPMiddleware, ContentSecurityPolicyMiddleware):
        assert "style-src 'unsafe-inline'" in policy(kind, changed(HttpRequest()))
    assert policy(ContentSecurityPolicyMiddleware, HttpResponse(), nonce=True) == policy(
        CSPMiddleware, HttpResponse(), nonce=True
    )


def test_a_policy_that_is_there_stays() -> None:
    own = HttpResponse(headers={HEADER: "default-src 'none'"})
    assert policy(ContentSecurityPolicyMiddleware, own) == "default-src 'none'"
