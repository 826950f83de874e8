"""The kind of each request."""

from typing import Any

import pytest
from django.contrib.auth import hashers
from django.test import Client
from django.test.client import MULTIPART_CONTENT
from django.urls import reverse

from feedsite.request_kinds import PASSWORD_ROUTES, PROBE_ROUTES, RequestKind, kind_of
from tests.factories import UserFactory

PASSWORD = "correct horse battery"


def kind(method: str, path: str, query: str = "") -> RequestKind:
    return kind_of({"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query})


@pytest.mark.parametrize(
    ("method", "path", "query", "expected"),
    [
        ("GET", "/", "", RequestKind.READ),
        ("HEAD", "/api/feed/", "limit=5", RequestKind.READ),
        ("GET", "/tags/tag/", "q=word", RequestKind.READ),
        ("GET", "/nothing/here", "", RequestKind.READ),
        ("GET", "/health/cache", "", RequestKind.READ),
        ("GET", "/search/", "", RequestKind.READ),
        ("GET", "/search/", "q=word", RequestKind.SEARCH),
        ("HEAD", "/search/", "%71=word", RequestKind.SEARCH),
        ("GET", "/admin/", "", RequestKind.STAFF_READ),
        ("GET", "/admin/posts/post/", "q=word", RequestKind.STAFF_SEARCH),
        ("GET", "/admin/autocomplete/", "term=word", RequestKind.STAFF_SEARCH),
        ("POST", "/api/posts/", "", RequestKind.WRITE),
        ("POST", "/search/", "q=word", RequestKind.WRITE),
        ("POST", "/health/live", "", RequestKind.WRITE),
        ("POST", "/nothing/here", "", RequestKind.WRITE),
        ("POST", "/accounts/password/reset/", "", RequestKind.WRITE),
        ("POST", "/accounts/login/", "next=/", RequestKind.SIGN_IN),
        ("POST", "/accounts/password/reset/key/1-abc/", "", RequestKind.SIGN_IN),
        ("POST", "/admin/posts/user/1/password/", "", RequestKind.SIGN_IN),
        ("GET", "/accounts/login/", "", RequestKind.READ),
    ],
)
def test_kind_follows_from_method_and_path(
    method: str, path: str, query: str, expected: RequestKind
) -> None:
    assert kind(method, path, query) is expected


def test_paths_of_probes_are_probes() -> None:
    assert {kind("GET", reverse(route)) for route in PROBE_ROUTES} == {RequestKind.PROBE}
    assert {kind("HEAD", reverse(route)) for route in PROBE_ROUTES} == {RequestKind.PROBE}


def test_password_routes_exist() -> None:
    arguments: dict[str, list[int | str]] = {
        "account_reset_password_from_key": ["1", "abc"],
        "admin:auth_user_password_change": [1],
    }
    for route in PASSWORD_ROUTES:
        assert kind("POST", reverse(route, args=arguments.get(route))) is RequestKind.SIGN_IN


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "form", "signed_in"),
    [
        ("/accounts/login/", {"login": "ada", "password": PASSWORD}, False),
        ("/accounts/login/", {"login": "unknown", "password": PASSWORD}, False),
        ("/api/auth/token/", {"username": "ada", "password": PASSWORD}, False),
        (
            "/accounts/signup/",
            {
                "username": "grace",
                "email": "grace@example.org",
                "password1": PASSWORD,
                "password2": PASSWORD,
            },
            False,
        ),
        ("/accounts/reauthenticate/", {"password": PASSWORD}, True),
        (
            "/accounts/password/change/",
            {"oldpassword": PASSWORD, "password1": PASSWORD + "2", "password2": PASSWORD + "2"},
            True,
        ),
    ],
)
def test_requests_that_hash_a_password_are_sign_ins(
    path: str, form: dict[str, str], signed_in: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = UserFactory.create(username="ada", password=PASSWORD)
    client = Client()
    if signed_in:
        client.force_login(user)
    hashed: list[str] = []
    hasher = type(hashers.get_hasher())
    encode = hasher.encode

    def recording(self: Any, password: str, *args: Any, **options: Any) -> Any:
        hashed.append(password)
        return encode(self, password, *args, **options)

    monkeypatch.setattr(hasher, "encode", recording)
    is_api = path.startswith("/api/")
    client.post(path, form, content_type="application/json" if is_api else MULTIPART_CONTENT)
    assert hashed
    assert kind("POST", path) is RequestKind.SIGN_IN
