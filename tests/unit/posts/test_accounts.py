"""Sign-up, sign-in, sign-out and password reset by the pages."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from pytest_django import Settings

from tests.factories import UserFactory
from tests.unit.posts.test_views import page, signed_in

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


def test_user_signs_up_out_and_in_again() -> None:
    client = Client()
    sign_up = {
        "username": "ada",
        "email": "ada@example.org",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert client.post("/accounts/signup/", sign_up)["Location"] == "/accounts/welcome/"
    assert "@ada" in page(client.get("/"))
    assert client.post("/accounts/logout/")["Location"] == "/"
    assert "@ada" not in page(client.get("/"))
    for login in ("ada", "ada@example.org"):
        response = client.post(
            "/accounts/login/?next=/posts/new/",
            {"login": login, "password": PASSWORD, "next": "/posts/new/"},
        )
        assert response["Location"] == "/posts/new/"
        client.post("/accounts/logout/")


def test_refused_sign_in_keeps_the_name_but_not_the_password() -> None:
    text = page(Client().post("/accounts/login/", {"login": "nobody", "password": "secret-one"}))
    assert 'value="nobody"' in text
    assert 'role="alert"' in text
    assert "secret-one" not in text


def test_forgotten_password_is_reset_by_a_link_in_a_mail() -> None:
    user, client = UserFactory.create(), Client()
    client.post("/accounts/password/reset/", {"email": user.email})
    link = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", str(mail.outbox[0].body))
    assert link
    path = client.get(link[1])["Location"]
    assert "Set a new password" in page(client.get(path))
    new = "another fine password"
    response = client.post(path, {"password1": new, "password2": new}, follow=True)
    assert "Your password is set" in page(response)
    assert (
        client.post("/accounts/login/", {"login": user.username, "password": new}).status_code
        == 302
    )
    assert "no longer works" in page(Client().get(link[1]))


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/accounts/profile/", "Your profile"),
        ("/accounts/preferences/", "Preferences"),
        ("/accounts/email/", "Your email addresses"),
        ("/accounts/password/change/", "Change your password"),
        ("/accounts/2fa/", "Second factor"),
        ("/accounts/sessions/", "Sessions and tokens"),
        ("/accounts/delete/", "Delete your account?"),
    ],
)
def test_account_pages_link_to_each_other(path: str, title: str) -> None:
    text = page(signed_in().get(path))
    assert f"<h1>{title}</h1>" in text
    links = re.findall(r'<li><a href="(/accounts/[^"]*)"( aria-current="page")?>', text)
    assert [link for link, current in links if current] == [path]
    assert len({link for link, _ in links}) == 7


def test_account_without_a_password_can_set_one() -> None:
    user = UserFactory.create(email="ada@example.org")
    user.set_unusable_password()
    user.save()
    text = page(signed_in(user).get("/accounts/password/set/"))
    assert "Set a password" in text
    assert 'name="password1"' in text


@pytest.mark.parametrize("sends_mail", [True, False])
def test_the_only_address_stays_where_mail_is_sent(settings: Settings, sends_mail: bool) -> None:
    settings.SENDS_MAIL = sends_mail
    user = UserFactory.create(email="ada@example.org")
    address = EmailAddress.objects.create(user=user, email=user.email, primary=True)
    client = signed_in(user)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/"})
    removed = {"email": user.email, "action_remove": ""}
    answer = client.post("/accounts/email/", removed, follow=True)
    assert EmailAddress.objects.filter(pk=address.pk).exists() is sends_mail
    assert ("stays, because a new password is sent to it" in page(answer)) is sends_mail
