"""Stolen passwords, of accounts with a second factor and of staff without one."""

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client
from knox.models import AuthToken
from pytest_django import Settings

from posts.models import User
from tests.factories import PostFactory, UserFactory
from tests.unit.posts.calls import call, problem, signed_in
from tests.unit.posts.test_views import page

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PERIOD_SECONDS = 1_000_000  # so that no code expires during a test


@pytest.fixture(autouse=True)
def _slow_codes(settings: Settings) -> None:
    settings.MFA_TOTP_PERIOD = PERIOD_SECONDS


def code(secret: str = SECRET, *, steps_ago: int = 0) -> str:
    """Return the code that an authenticator app shows."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD_SECONDS - steps_ago))


def protected(**values: Any) -> User:
    """Create an account with an authenticator app."""
    user = UserFactory.create(**values)
    TOTP.activate(user, SECRET)
    return user


def sign_in(user: User, next_path: str = "/") -> tuple[Client, Any]:
    client = Client()
    form = {"login": user.username, "password": PASSWORD, "next": next_path}
    return client, client.post("/accounts/login/", form)


def is_signed_in(client: Client) -> bool:
    return client.get("/accounts/profile/").status_code == 200


# --- Password without second factor ------------------------------------------------------------


def test_password_alone_does_not_sign_in_on_the_page() -> None:
    user = protected()
    client, response = sign_in(user)
    assert response["Location"] == "/accounts/2fa/authenticate/"
    assert not is_signed_in(client)
    refused = client.post(response["Location"], {"code": code(steps_ago=100)})
    assert "Incorrect code" in page(refused)
    assert not is_signed_in(client)
    assert client.post(response["Location"], {"code": code()})["Location"] == "/"
    assert is_signed_in(client)


def test_password_alone_does_not_sign_in_to_the_admin() -> None:
    user = protected(is_staff=True, is_superuser=True)
    login = Client().get("/admin/", follow=True)
    assert login.redirect_chain[-1][0].startswith("/accounts/login/")
    client, response = sign_in(user, "/admin/")
    assert response["Location"].startswith("/accounts/2fa/authenticate/")
    direct = client.post("/admin/login/", {"username": user.username, "password": PASSWORD})
    assert direct["Location"].startswith("/accounts/login/")
    assert client.get("/admin/").status_code == 302


def test_password_alone_gets_no_token() -> None:
    user = protected()
    for name in (user.username, user.email):
        body = {"username": name, "password": PASSWORD}
        refused = problem(call(Client(), "post", "/api/auth/token/", body), 403)
        assert refused["code"] == "second_factor_needed"
        assert "Sessions and tokens" in refused["detail"]
    assert not AuthToken.objects.exists()


def test_second_factor_cannot_be_removed_without_reauthentication() -> None:
    user = protected()
    client = signed_in(user)
    for path in ("totp/deactivate/", "webauthn/add/", "recovery-codes/generate/"):
        response = client.post(f"/accounts/2fa/{path}")
        assert response["Location"].startswith("/accounts/reauthenticate/")
    assert Authenticator.objects.count() == 1


def test_code_of_a_second_factor_works_once() -> None:
    user = protected()
    used = code()
    for expected in (302, 200):
        client, response = sign_in(user)
        assert client.post(response["Location"], {"code": used}).status_code == expected


def test_guesses_of_codes_are_limited() -> None:
    client, response = sign_in(protected())
    answers = [client.post(response["Location"], {"code": f"{number:06}"}) for number in range(6)]
    assert "Incorrect code" in page(answers[0])
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert int(answers[-1]["Retry-After"]) > 0


# --- Set-up and loss of a second factor --------------------------------------------------------


def test_app_is_activated_by_its_code_and_recovery_codes_work_once() -> None:
    user = UserFactory.create()
    client, _ = sign_in(user)
    path = "/accounts/2fa/totp/activate/"
    assert client.get(path)["Location"].startswith("/accounts/reauthenticate/")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": path})
    form = page(client.get(path))
    assert 'src="data:image/svg+xml;base64,' in form
    secret = re.search(r'class="secret">(\w+)<', form)
    assert secret
    shown = page(client.post(path, {"code": code(secret[1])}, follow=True))
    codes = re.findall(r"<kbd>(\d{8})</kbd>", shown)
    assert len(codes) == 10
    assert user.has_second_factor
    for expected in (302, 200):
        other, response = sign_in(user)
        assert other.post(response["Location"], {"code": codes[0]}).status_code == expected


def test_command_removes_a_lost_second_factor(
    capsys: pytest.CaptureFixture[str],
) -> None:
    user = protected()
    call_command("remove_second_factor", user.username)
    assert capsys.readouterr().out == "Removed: 1.\n"
    assert sign_in(user)[1]["Location"] == "/"
    with pytest.raises(CommandError, match="There is no account"):
        call_command("remove_second_factor", "nobody")


def test_second_factors_are_not_in_the_admin() -> None:
    """Otherwise a moderator could add a passkey to a superuser's account."""
    assert not admin.site.is_registered(Authenticator)


# --- Staff -------------------------------------------------------------------------------------


@pytest.fixture
def second_factor_required(settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = True


@pytest.mark.usefixtures("second_factor_required")
def test_staff_without_second_factor_cannot_use_the_admin() -> None:
    client, response = sign_in(UserFactory.create(is_staff=True, is_superuser=True))
    assert response["Location"] == "/"
    for path in ("/admin/", "/admin/posts/user/", "/admin/login/"):
        redirected = client.get(path, follow=True)
        assert redirected.redirect_chain[-1][0] == "/accounts/2fa/"
        assert "The administration asks for a second factor" in page(redirected)
    assert client.post("/admin/posts/post/add/", {"content": "x"}).status_code == 302


@pytest.mark.usefixtures("second_factor_required")
def test_staff_without_second_factor_have_no_permissions() -> None:
    root = UserFactory.create(is_staff=True, is_superuser=True)
    moderator = UserFactory.create(is_staff=True)
    moderator.user_permissions.set(Permission.objects.filter(content_type__app_label="posts"))
    for user in (root, moderator):
        fresh = User.objects.get(pk=user.pk)
        assert not fresh.powers_unlocked
        assert not fresh.has_perm("posts.change_post")
        assert not fresh.has_module_perms("posts")
        assert signed_in(fresh).get("/posts/new/").status_code == 200
        TOTP.activate(user, SECRET)
        fresh = User.objects.get(pk=user.pk)
        assert fresh.powers_unlocked
        assert fresh.has_perm("posts.change_post")
        assert fresh.has_module_perms("posts")


@pytest.mark.usefixtures("second_factor_required")
@pytest.mark.parametrize(
    ("kind", "unlocks"), [("recovery_codes", False), ("totp", True), ("webauthn", True)]
)
def test_app_and_passkey_unlock_powers_but_recovery_codes_alone_do_not(
    kind: str, unlocks: bool
) -> None:
    user = UserFactory.create(is_staff=True)
    Authenticator.objects.create(user=user, type=kind, data={})
    assert user.powers_unlocked is unlocks


@pytest.mark.usefixtures("second_factor_required")
def test_staff_with_a_second_factor_can_use_the_admin() -> None:
    client = signed_in(protected(is_staff=True, is_superuser=True))
    assert client.get("/admin/posts/post/").status_code == 200
    assert client.get("/admin/login/")["Location"] == "/admin/"


def test_staff_need_no_second_factor_if_the_setting_is_off() -> None:
    PostFactory.create()
    client = signed_in(UserFactory.create(is_staff=True, is_superuser=True))
    assert client.get("/admin/posts/post/").status_code == 200
    assert Client().get("/admin/", follow=True).redirect_chain[-1][0].startswith("/accounts/login/")
