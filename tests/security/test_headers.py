"""Security headers, cookies, Trusted Types, and reports of violations."""

import json
from collections.abc import Callable, Iterator, MutableMapping
from http.cookies import SimpleCookie
from typing import Any

import pytest
import structlog
from django.test import Client
from playwright.sync_api import Browser, Error

from feed.verification.http_client import Reply
from feedsite import csp_reports
from feedsite.csp_reports import MAX_BYTES, MAX_LINES_PER_MINUTE, LineLimit
from tests.factories import PostFactory, UserFactory
from tests.site import Site

CSP, PERMISSIONS, EMBEDDING = (
    "Content-Security-Policy",
    "Permissions-Policy",
    "Cross-Origin-Resource-Policy",
)
REPORTS = "/csp-reports/"
VIOLATION = {
    "effective-directive": "script-src-elem",
    "blocked-uri": "https://evil.example.org/x.js?secret",
    "source-file": "https://feed.example.org/accounts/login/?next=secret",
    "line-number": 7,
}


def directives(policy: str) -> dict[str, str]:
    return dict((f"{part.strip()} ").split(" ", 1) for part in policy.split(";"))


# --- Embedding and browser features ----------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    ["/", "/api/feed/", "/nothing/", "/api/nothing/", "/static/feed/style.css", "/health/live"],
)
def test_no_other_site_can_embed_a_response(path: str) -> None:
    response = Client().get(path)
    response.close()  # closes the static file
    assert response[EMBEDDING] == "same-origin"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.django_db
def test_pages_cannot_use_the_camera_and_only_our_origin_uses_passkeys() -> None:
    for path in ("/", "/accounts/login/", "/nothing/"):
        allowed = dict(part.split("=") for part in Client().get(path)[PERMISSIONS].split(", "))
        assert {allowed[name] for name in ("camera", "geolocation", "payment", "usb")} == {"()"}
        assert allowed["publickey-credentials-get"] == "(self)"
        assert allowed["publickey-credentials-create"] == "(self)"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/", "/api/feed/"])
def test_front_door_sends_the_headers_of_django(
    keep_serving: Callable[..., Site], wait_until: Callable[..., None], path: str
) -> None:
    site = keep_serving("over TLS", WEB_WORKERS="1", HTTPS="1", TRUSTED_PROXIES="1")
    PostFactory.create()
    replies: dict[str, Reply] = {}

    def has_both() -> bool:
        reply = site.get(path, **{"X-Forwarded-Proto": "https"})
        status = reply.headers["Cache-Status"]
        replies["Django" if "fwd=miss" in status else "front door"] = reply
        return "Django" in replies and "front door" in status

    # The site may still serve the page of the test before, and this test's changes may arrive late.
    wait_until(has_both)
    first, again = replies["Django"], replies["front door"]
    names = {name.lower() for name in first.headers}
    assert {name.lower() for name in again.headers} >= names
    for name in (EMBEDDING, CSP, PERMISSIONS, "Reporting-Endpoints", "Strict-Transport-Security"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["Strict-Transport-Security"] == "max-age=31536000"


# --- Cookies ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_other_hosts_of_the_domain_cannot_set_our_cookies(
    keep_serving: Callable[..., Site],
) -> None:
    site = keep_serving("over TLS", WEB_WORKERS="1", HTTPS="1", TRUSTED_PROXIES="1")
    reply = site.get("/accounts/login/", **{"X-Forwarded-Proto": "https"})
    cookies: SimpleCookie = SimpleCookie()
    for line in reply.headers.get_all("Set-Cookie") or []:
        cookies.load(line)
    assert [*cookies] == ["__Host-csrftoken"]
    morsel = cookies["__Host-csrftoken"]
    assert (morsel["secure"], morsel["path"], morsel["domain"]) == (True, "/", "")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "name", ["__Host-sessionid", "__Host-csrftoken", "__Host-messages", "__Host-django_language"]
)
def test_front_door_passes_requests_with_our_cookies_to_django(
    keep_serving: Callable[..., Site], wait_until: Callable[..., None], name: str
) -> None:
    site = keep_serving("over TLS", WEB_WORKERS="1", HTTPS="1", TRUSTED_PROXIES="1")
    over_tls = {"X-Forwarded-Proto": "https"}
    # The changes of the test before may still arrive.
    wait_until(lambda: "front door" in site.get("/", **over_tls).headers["Cache-Status"])
    with_cookie = site.get("/", **over_tls, Cookie=f"{name}=x")
    assert "front door" not in with_cookie.headers["Cache-Status"]


# --- Trusted Types ---------------------------------------------------------------------------


@pytest.mark.django_db
def test_pages_require_trusted_types_except_those_with_foreign_scripts() -> None:
    admin = UserFactory.create(is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(admin)
    for path in ("/", "/posts/new/", "/accounts/profile/", "/nothing/", "/api/feed/"):
        policy = directives(client.get(path)[CSP])
        assert policy["require-trusted-types-for"].strip() == "'script'"
        assert policy["trusted-types"].strip() == "default"
    for path in ("/admin/", "/admin/nothing/", "/api/docs/"):
        policy = directives(client.get(path)[CSP])
        assert not {"require-trusted-types-for", "trusted-types"} & set(policy)
        assert policy["object-src"].strip() == "'none'"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_browser_refuses_strings_as_html_and_as_code(
    keep_serving: Callable[..., Site], browser: Browser
) -> None:
    site = keep_serving("local", WEB_WORKERS="1")
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(site.url)
        for attack in (
            "document.body.innerHTML = '<b>x</b>'",
            "document.body.insertAdjacentHTML('beforeend', '<b>x</b>')",
            "Document.parseHTMLUnsafe('<b>x</b>')",
            "document.createElement('script').src = '/x.js'",
            "document.createElement('script').textContent = 'x'",
            "trustedTypes.createPolicy('mine', {createHTML: (html) => html})",
            "trustedTypes.createPolicy('default', {createHTML: (html) => html})",
        ):
            with pytest.raises(Error, match=r"TrustedHTML|TrustedScript|Policy"):
                page.evaluate(f"() => {{ {attack} }}")
        parsed = "new DOMParser().parseFromString('<b>x</b>', 'text/html')"
        assert page.evaluate(f"{parsed}.body.innerHTML") == "<b>x</b>"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/admin/", "/admin/posts/post/add/", "/api/docs/"])
def test_pages_with_foreign_scripts_work_under_the_policy(
    keep_serving: Callable[..., Site], page: Any, path: str
) -> None:
    admin = UserFactory.create(is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(admin)
    site = keep_serving("local", WEB_WORKERS="1")
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site.url}
    page.context.add_cookies([cookie])
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto(f"{site.url}{path}")
    page.wait_for_load_state("networkidle")
    if path == "/api/docs/":
        page.wait_for_selector(".opblock")
    # An error in the console fails the fixture.


# --- Reports ---------------------------------------------------------------------------------


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[MutableMapping[str, Any]]]:
    monkeypatch.setattr(csp_reports, "limit", LineLimit(MAX_LINES_PER_MINUTE))
    with structlog.testing.capture_logs() as lines:
        monkeypatch.setattr(csp_reports, "log", structlog.get_logger("csp"))
        yield lines


def send(body: bytes, kind: str = "application/csp-report") -> int:
    client = Client(enforce_csrf_checks=True)
    return client.post(REPORTS, body, content_type=kind).status_code


def test_pages_name_the_endpoint_for_reports() -> None:
    response = Client().get("/nothing/")
    policy = directives(response[CSP])
    assert [policy["report-uri"].strip(), policy["report-to"].strip()] == [REPORTS, "csp"]
    assert response["Reporting-Endpoints"] == f'csp="{REPORTS}"'


def test_report_is_logged_without_query_strings(
    logged: list[MutableMapping[str, Any]],
) -> None:
    assert send(json.dumps({"csp-report": VIOLATION}).encode()) == 204
    (line,) = logged
    assert line["event"] == "csp violation"
    assert line["directive"] == "script-src-elem"
    assert line["blocked"] == "https://evil.example.org/x.js"
    assert line["source"] == "https://feed.example.org/accounts/login/"
    assert line["line"] == "7"


def test_report_of_the_reporting_api_is_logged(
    logged: list[MutableMapping[str, Any]],
) -> None:
    body = {"effectiveDirective": "img-src", "blockedURL": "x" * 1000, "lineNumber": [{}]}
    reports = [{"type": "csp-violation", "body": body}, {"type": "other"}, 7, None]
    assert send(json.dumps(reports).encode(), "application/reports+json") == 204
    (line,) = logged
    assert line["directive"] == "img-src"
    assert line["blocked"] == "x" * 200


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b"[" * 8000, b"7", b'{"csp-report": 7}', b'"\xff"', b'{"csp-report": {}}x'],
)
def test_invalid_report_is_answered_with_204_and_not_logged(
    logged: list[MutableMapping[str, Any]], body: bytes
) -> None:
    assert send(body) == 204
    assert logged == []


def test_logged_reports_are_limited(logged: list[MutableMapping[str, Any]]) -> None:
    body = json.dumps([{"body": {"effectiveDirective": "img-src"}}] * 50).encode()
    for _ in range(10):
        assert send(body) == 204
    assert len(logged) == MAX_LINES_PER_MINUTE


def test_large_report_is_not_logged(logged: list[MutableMapping[str, Any]]) -> None:
    report = json.dumps({"csp-report": VIOLATION}).encode()
    assert send(report + b" " * (MAX_BYTES - len(report))) == 204
    assert len(logged) == 1
    assert send(report + b" " * (MAX_BYTES + 1 - len(report))) == 204
    assert send(report + b" " * 10_000_000) == 204
    assert len(logged) == 1


@pytest.mark.django_db(transaction=True)
def test_report_cannot_forge_a_log_line(keep_serving: Callable[..., Site]) -> None:
    site = keep_serving("local", WEB_WORKERS="1")
    forged = {"effective-directive": 'x\nlevel=error event="breaker opened"'}
    assert site.request("POST", REPORTS, body={"csp-report": forged}).status == 204
    (line,) = [line for line in site.log().splitlines() if "breaker opened" in line]
    assert 'event="csp violation"' in line


def test_endpoint_for_reports_accepts_only_post(logged: list[MutableMapping[str, Any]]) -> None:
    assert Client().get(REPORTS).status_code == 405


def test_dropped_reports_are_counted_after_a_minute() -> None:
    now = 0.0
    limit = LineLimit(2, clock=lambda: now)
    assert [limit.take() for _ in range(5)] == [(True, 0)] * 2 + [(False, 0)] * 3
    now = 59.9
    assert limit.take() == (False, 0)
    now = 60.0
    assert limit.take() == (True, 4)
    assert limit.take() == (True, 0)
