"""Limits in front of the account pages, the admin's password page and the second factors."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import get_resolver, reverse
from pytest_django import Settings

from posts import guards, limits
from posts.errors import LimitExceededError
from posts.guards import GUARDS, LimitMiddleware, wait_text
from tests.factories import UserFactory
from tests.unit.posts.test_views import page, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_of_each(settings: Settings) -> None:
    settings.LIMITS = dict.fromkeys(settings.LIMITS, (1, 31 * 86_400))


@pytest.fixture
def middleware() -> LimitMiddleware:
    return LimitMiddleware(lambda _: HttpResponse())


def posted(view_name: str, *, user: Any = None, session: Any = None, **data: str) -> HttpRequest:
    request = RequestFactory().post("/", data)
    request.user = user or AnonymousUser()
    request.session = session or {}  # type: ignore[assignment] # all that is asked of it
    request.resolver_match = SimpleNamespace(view_name=view_name)  # type: ignore[assignment]
    return request


def status(middleware: LimitMiddleware, request: HttpRequest) -> int:
    response = middleware.process_view(request, None, (), {})
    return response.status_code if response else 200


def test_each_guarded_view_exists(
    settings: Settings,
) -> None:
    names = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    names |= {"admin:password_change"}
    assert {name for name in GUARDS if not name.startswith("mfa_")} <= names
    assert {guard.scope for each in GUARDS.values() for guard in each} <= settings.LIMITS.keys()


@pytest.mark.parametrize("name", sorted(GUARDS))
def test_second_post_to_a_guarded_view_is_refused(
    middleware: LimitMiddleware, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guards, "FORMS", set())
    user, session = UserFactory.create(), {"account_login": {"user_pk": "1"}}

    def post() -> int:
        request = posted(name, user=user, session=session, email="a@example.org")
        return status(middleware, request)

    assert [post(), post()] == [200, 429]


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_reads_of_a_guarded_view_are_not_counted(method: str) -> None:
    client = Client()
    for _ in range(3):
        response = getattr(client, method)("/accounts/signup/")
        assert response.status_code == 200


def test_codes_are_counted_by_the_account_that_signs_in(middleware: LimitMiddleware) -> None:
    def code(account: str, address: str) -> int:
        session = {"account_login": {"user_pk": account}}
        request = posted("mfa_authenticate", session=session)
        request.META["REMOTE_ADDR"] = address
        return status(middleware, request)

    assert code("1", "192.0.2.1") == 200
    assert code("1", "192.0.2.2") == 429
    assert code("2", "192.0.2.3") == 200


@pytest.mark.parametrize("session", [{}, {"account_login": "x"}, {"account_login": {}}])
def test_session_without_a_pending_sign_in_is_no_error(
    middleware: LimitMiddleware, session: Any
) -> None:
    assert status(middleware, posted("mfa_authenticate", session=session)) == 200


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("account_email", {"email": "kept@example.org", "action_add": ""}),
        ("account_change_password", {"oldpassword": "secret-one"}),
    ],
)
def test_refused_form_is_shown_again_unvalidated_as_typed(name: str, typed: dict[str, str]) -> None:
    client = signed_in()
    client.post(reverse(name), typed)
    response = client.post(reverse(name), typed)
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert response["Cache-Control"] == "no-store"
    text = page(response)
    assert "Nothing is lost" in text
    assert ("kept@example.org" in text) == ("email" in typed)
    assert "secret-one" not in text


def test_refused_view_without_a_form_shows_the_wait() -> None:
    client = signed_in()
    client.post("/accounts/reauthenticate/", {"password": "wrong"})
    response = client.post("/accounts/reauthenticate/", {"password": "wrong"})
    assert response.status_code == 429
    assert "Nothing is lost" in page(response)


def test_limit_exceeded_in_any_view_is_429(middleware: LimitMiddleware) -> None:
    for path, media_type in (("/any/", "text/html"), ("/api/any/", "application/problem+json")):
        request = RequestFactory().get(path)
        request.user = AnonymousUser()
        response = middleware.process_exception(request, LimitExceededError(7))
        assert response is not None
        assert response.status_code == 429
        assert response["Retry-After"] == "7"
        assert response["Content-Type"].startswith(media_type)
    assert middleware.process_exception(request, ValueError()) is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1, "wait 1 second,"),
        (119, "wait 119 seconds,"),
        (120, "wait 2 minutes,"),
        (3_601, "61 min"),
    ],
)
def test_wait_is_given_in_words(seconds: int, text: str) -> None:
    assert text in wait_text(seconds)


def test_use_without_an_identity_is_an_error() -> None:
    with pytest.raises(TypeError):
        limits.use("writes")
