"""The texts of mails: in the voice of this site, with its name."""

from pathlib import Path

import allauth
import pytest
from django.conf import settings as site_settings
from django.core import mail
from django.test import Client
from pytest_django import Settings

from tests.factories import UserFactory
from tests.mails import link_in

pytestmark = pytest.mark.django_db

ALLAUTH = Path(allauth.__file__).parent / "templates"
OURS = site_settings.BASE_DIR / "templates"
# Sign-in and reset by code are not used.
UNUSED = {"login_code", "password_reset_code"}


def test_each_mail_of_allauth_has_a_text_of_this_site() -> None:
    sent = [path.relative_to(ALLAUTH) for path in ALLAUTH.glob("*/email/*.txt")]
    assert len(sent) > 20
    named = {path for path in sent if path.parts[0] in {"account", "mfa"}}
    used = {path for path in named if not any(path.name.startswith(name) for name in UNUSED)}
    assert [str(path) for path in sorted(used) if not (OURS / path).exists()] == []


def test_mails_name_the_site_and_not_its_host(settings: Settings) -> None:
    settings.ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Lake & Side] "
    settings.SITE_NAME = "Lake & Side"
    UserFactory.create(username="ada", email="ada@example.org")
    Client().post("/accounts/password/reset/", {"email": "ada@example.org"})
    Client().post("/accounts/password/reset/", {"email": "unknown@example.org"})
    reset, unknown = mail.outbox
    assert reset.subject == "[Lake & Side] Set a new password"
    assert "for the account ada on Lake & Side." in str(reset.body)
    assert link_in(reset).startswith("/accounts/password/reset/key/")
    assert unknown.subject == "[Lake & Side] There is no account with this address"
    assert link_in(unknown) == "/accounts/signup/"
    for message in (reset, unknown):
        assert str(message.body).endswith("\n-- \nLake & Side\nhttp://testserver")
        assert "Hello from" not in str(message.body)


def test_a_new_account_is_welcomed_by_page_and_mail() -> None:
    password = "correct horse battery"
    form = {"username": "grace", "email": "grace@example.org"}
    form |= {"password1": password, "password2": password}
    client = Client()
    response = client.post("/accounts/signup/", form)
    assert response["Location"] == "/accounts/welcome/"
    page = client.get("/accounts/welcome/").content.decode()
    assert "Welcome, <bdi>@grace</bdi>" in page
    (message,) = mail.outbox
    assert message.subject == "[Feed] Confirm your email address"
    assert str(message.body).startswith("Welcome to Feed, grace.")
    assert link_in(message).startswith("/accounts/confirm-email/")


def test_welcome_asks_visitors_to_sign_in() -> None:
    assert Client().get("/accounts/welcome/")["Location"].startswith("/accounts/login/")
