"""Limits on guessing passwords, which must not lock out the owner of an account."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.adapter import get_adapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client, RequestFactory
from pytest_django import Settings

from posts.errors import TooManyAttemptsError
from posts.models import User
from tests.factories import UserFactory
from tests.unit.freshcache.threads import Threads
from tests.unit.posts.calls import call
from tests.unit.posts.test_views import page

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
ATTACKER, OWNER = "192.0.2.66", "198.51.100.1"
SignIn = Callable[..., Any]


def by_page(name: str, password: str, address: str) -> Any:
    sent = {"login": name, "password": password}
    return Client(REMOTE_ADDR=address).post("/accounts/login/", sent)


def by_token(name: str, password: str, address: str) -> Any:
    sent = {"username": name, "password": password}
    return call(Client(REMOTE_ADDR=address), "post", "/api/auth/token/", sent)


# Each with its status for a wrong and for a right password.
WAYS = [
    pytest.param(by_page, 200, 302, id="page"),
    pytest.param(by_token, 401, 200, id="token"),
]


@pytest.fixture(autouse=True)
def _long_windows(settings: Settings) -> None:
    """Windows so long that none ends during a test."""
    month = 31 * 86_400
    scopes = {"sign_ins": (1_000, month), "token_requests": (1_000, month)}
    scopes |= {"sign_in_failures": (5, month), "failures_under_attack": (1, month)}
    settings.LIMITS = {**settings.LIMITS, **scopes, "account_failures": (100, month)}


@pytest.fixture
def ada() -> User:
    return UserFactory.create(username="ada", email="ada@example.org")


@pytest.mark.parametrize(("sign_in", "wrong", "right"), WAYS)
def test_sixth_wrong_password_is_not_checked(
    ada: User, sign_in: SignIn, wrong: int, right: int
) -> None:
    answers = [sign_in("ada", f"wrong {n}", ATTACKER) for n in range(6)]
    assert [answer.status_code for answer in answers] == [wrong] * 5 + [429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert sign_in("ada", PASSWORD, ATTACKER).status_code == 429


def test_refused_sign_in_keeps_the_name_and_shows_the_reason(ada: User) -> None:
    for n in range(6):
        response = by_page("ada", f"wrong {n}", ATTACKER)
    text = page(response)
    assert 'value="ada"' in text
    assert "Too many failed login attempts" in text
    assert "wrong 5" not in text


@pytest.mark.parametrize(("sign_in", "wrong", "right"), WAYS)
def test_others_do_not_lock_the_owner_out(
    ada: User, sign_in: SignIn, wrong: int, right: int
) -> None:
    for n in range(6):
        sign_in("ada", f"wrong {n}", ATTACKER)
    assert sign_in("ada", PASSWORD, OWNER).status_code == right


def test_page_and_token_share_one_limit(ada: User) -> None:
    for n in range(5):
        (by_page if n % 2 else by_token)("ada", f"wrong {n}", ATTACKER)
    assert by_page("ada", PASSWORD, ATTACKER).status_code == 429
    assert by_token("ada", PASSWORD, ATTACKER).status_code == 429


def test_other_spellings_of_a_name_share_its_limit(ada: User) -> None:
    for name in ("ada", "ADA", " ada ", "Ada", "\uff41da"):
        by_token(name, "wrong", ATTACKER)
    assert by_token("aDa", PASSWORD, ATTACKER).status_code == 429


@pytest.mark.parametrize(("sign_in", "wrong", "right"), WAYS)
def test_limits_are_the_same_for_unknown_accounts(
    ada: User, sign_in: SignIn, wrong: int, right: int
) -> None:
    def answers(name: str) -> list[tuple[int, bool]]:
        found = [sign_in(name, "wrong", ATTACKER) for _ in range(7)]
        return [(answer.status_code, "Retry-After" in answer) for answer in found]

    assert answers("ada") == answers("nobody")


def test_concurrent_guesses_do_not_pass_the_limit(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    checked, together = [], threading.Barrier(24)

    def check(self: Any, request: Any, **credentials: str) -> None:
        checked.append(credentials["password"])

    monkeypatch.setattr(AuthenticationBackend, "authenticate", check)
    refused: list[int] = []

    def guess() -> None:
        request = RequestFactory().post("/accounts/login/", REMOTE_ADDR=ATTACKER)
        together.wait(20)
        try:
            get_adapter(request).authenticate(request, username="ada", password="guess")
        except TooManyAttemptsError as error:
            refused.append(error.seconds)

    threads = Threads()
    threads.start(guess, count=24)
    threads.join()
    assert len(checked) == 5
    assert len(refused) == 19
    assert min(refused) > 0


def test_guesses_from_many_addresses_are_slowed_for_an_attacked_account(
    ada: User, settings: Settings
) -> None:
    settings.LIMITS = {**settings.LIMITS, "account_failures": (20, 31 * 86_400)}
    for n in range(20):
        assert by_token("ada", "wrong", f"192.0.2.{n}").status_code == 401
    # Each address has one more guess, and none if it has failed before.
    assert by_token("ada", "wrong", "192.0.2.1").status_code == 429
    statuses = [by_token("ada", "wrong", "203.0.113.5").status_code for _ in range(3)]
    assert statuses == [401, 429, 429]
    # Refused attempts are not counted, so they do not make the wait longer.
    response = by_token("ada", "wrong", "203.0.113.5")
    assert 0 < int(response["Retry-After"]) <= 2 * 31 * 86_400


def test_owner_of_an_attacked_account_signs_in_from_any_address(
    ada: User, settings: Settings
) -> None:
    settings.LIMITS = {**settings.LIMITS, "account_failures": (20, 31 * 86_400)}
    assert by_page("ada", PASSWORD, OWNER).status_code == 302
    for n in range(25):
        by_token("ada", "wrong", f"192.0.2.{n}")
    # An address with an earlier sign-in to the account keeps the usual limit.
    mistyped = [by_page("ada", "mistyped", OWNER).status_code for _ in range(4)]
    assert mistyped == [200] * 4
    assert by_page("ada", PASSWORD, OWNER).status_code == 302
    # A new address has its first attempt.
    assert by_page("ada", PASSWORD, "203.0.113.80").status_code == 302


def test_sign_in_to_another_account_does_not_reset_the_limit(ada: User) -> None:
    mallory = UserFactory.create(username="mallory")
    for n in range(5):
        by_token("ada", f"wrong {n}", ATTACKER)
        assert by_token(mallory.username, PASSWORD, ATTACKER).status_code == 200
    assert by_token("ada", "wrong", ATTACKER).status_code == 429


def test_successful_sign_ins_are_not_counted(ada: User) -> None:
    assert [by_token("ada", PASSWORD, OWNER).status_code for _ in range(12)] == [200] * 12
    answers = [by_token("ada", "wrong", OWNER).status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]


def test_one_address_cannot_try_a_password_on_many_accounts(settings: Settings) -> None:
    settings.LIMITS = {**settings.LIMITS, "sign_ins": (10, 31 * 86_400)}
    answers = [by_token(f"user{n}", "123456", ATTACKER).status_code for n in range(11)]
    assert answers == [401] * 10 + [429]
    assert by_token("user11", "123456", OWNER).status_code == 401


def test_password_reset_clears_the_limit_of_its_owner(ada: User) -> None:
    for n in range(6):
        by_page("ada", f"wrong {n}", OWNER)
    client = Client(REMOTE_ADDR=OWNER)
    client.post("/accounts/password/reset/", {"email": ada.email})
    body = str(mail.outbox[-1].body)
    path = body[body.index("/accounts/password/reset/key/") :].split(maxsplit=1)[0]
    path = client.get(path)["Location"]
    client.post(path, {"password1": "another fine one", "password2": "another fine one"})
    assert by_page("ada", "another fine one", OWNER).status_code == 302
    assert by_page("ada", "wrong", ATTACKER).status_code == 200


def test_confirmation_mails_to_one_mailbox_are_limited(ada: User) -> None:
    EmailAddress.objects.create(user=ada, email=ada.email, primary=True)
    client = Client()
    client.force_login(ada)
    for _ in range(3):
        client.post("/accounts/email/", {"action_send": "", "email": ada.email})
        client.post("/accounts/confirm/")
    assert len(mail.outbox) == 1
