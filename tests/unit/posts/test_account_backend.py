"""Accounts sign in by their username as it is stored, on the site and for a token."""

from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from posts.account_backend import SESSION_BACKEND
from posts.models import User
from tests.factories import UserFactory
from tests.unit.posts.calls import call

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


class CountingHasher(PBKDF2PasswordHasher):
    iterations = 1
    hashed = 0

    def encode(self, *args: Any, **kwargs: Any) -> str:
        CountingHasher.hashed += 1
        return super().encode(*args, **kwargs)


def signs_in(login: str, password: str = PASSWORD) -> str:
    """Sign in by the form; return the username of the account, empty if it was refused."""
    client = Client()
    client.post("/accounts/login/", {"login": login, "password": password})
    pk = client.session.get("_auth_user_id")
    return User.objects.get(pk=pk).username if pk else ""


def token_status(username: str, password: str = PASSWORD) -> int:
    data = {"username": username, "password": password}
    status: int = call(Client(), "post", "/api/auth/token/", data).status_code
    return status


@pytest.fixture
def superuser(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--noinput", username="Admin", email="", verbosity=0)
    return "Admin"


def test_superuser_with_a_capital_signs_in(superuser: str) -> None:
    assert signs_in(superuser) == superuser


def test_superuser_with_a_capital_gets_a_token(superuser: str) -> None:
    assert token_status(superuser) == 200


def test_wrong_password_of_a_name_with_a_capital_is_refused(superuser: str) -> None:
    assert signs_in(superuser, "wrong") == ""
    assert token_status(superuser, "wrong") == 401


@pytest.mark.parametrize("typed", ["ada", "Ada", "ADA"])
def test_lower_case_name_is_found_in_any_case(typed: str) -> None:
    UserFactory.create(username="ada")
    assert signs_in(typed) == "ada"
    assert token_status(typed) == 200


def test_names_that_differ_in_case_each_sign_in() -> None:
    for name in ("Ada", "ada"):
        UserFactory.create(
            username=name, email=f"{name}@example.org", password=f"{PASSWORD} {name}"
        )
    for name in ("Ada", "ada"):
        assert signs_in(name, f"{PASSWORD} {name}") == name


@pytest.fixture
def hashed(settings: Settings) -> type[CountingHasher]:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    return CountingHasher


@pytest.mark.parametrize("typed", ["Ada", "ada", "bob", "Bob", "nobody", "Nobody"])
def test_refused_attempt_hashes_one_password(typed: str, hashed: type[CountingHasher]) -> None:
    for name in ("Ada", "bob"):
        UserFactory.create(username=name)
    hashed.hashed = 0
    assert signs_in(typed, "wrong") == ""
    assert hashed.hashed == 1


def test_session_names_the_backend_that_earlier_releases_know() -> None:
    user = UserFactory.create()
    client = Client()
    client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    assert client.session["_auth_user_backend"] == SESSION_BACKEND
    client.force_login(user, backend=SESSION_BACKEND)
    assert client.get("/accounts/profile/").status_code == 200
