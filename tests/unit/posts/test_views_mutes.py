"""Muting an author."""

import pytest
from django.test import Client

from posts.models import Mute, User
from tests.factories import UserFactory
from tests.unit.posts.test_views import page, signed_in

pytestmark = pytest.mark.django_db

PATH = "/authors/loud/mute/"


@pytest.fixture
def loud() -> User:
    user: User = UserFactory.create(username="loud", display_name="Loud & clear")
    return user


def muted(user: User) -> list[str]:
    return [mute.muted.username for mute in Mute.objects.filter(user=user)]


def test_mute_and_unmute_are_idempotent(loud: User) -> None:
    reader = UserFactory.create()
    client = signed_in(reader)
    for action, after in [
        ("unmute", []),
        ("mute", ["loud"]),
        ("mute", ["loud"]),
        ("unmute", []),
        ("unmute", []),
    ]:
        response = client.post(PATH, {"action": action})
        assert (response.status_code, response["Location"]) == (302, "/authors/loud/")
        assert muted(reader) == after


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("/?cursor=abc", "/?cursor=abc"),
        ("/accounts/profile/", "/accounts/profile/"),
        ("https://evil.example/", "/authors/loud/"),
        ("//evil.example/", "/authors/loud/"),
    ],
)
def test_redirect_after_muting_stays_on_this_site(loud: User, target: str, leads_to: str) -> None:
    response = signed_in().post(PATH, {"action": "mute", "next": target})
    assert response["Location"] == leads_to


def test_message_names_the_muted_author_escaped(loud: User) -> None:
    response = signed_in().post(PATH, {"action": "mute"}, follow=True)
    assert "You no longer see what Loud &amp; clear writes." in page(response)


def test_mute_page_exists_for_the_redirect_after_sign_in(loud: User) -> None:
    client = signed_in()
    assert 'value="mute"' in page(client.get(PATH))
    client.post(PATH, {"action": "mute"})
    assert 'value="unmute"' in page(client.get(PATH))


def test_unknown_action_changes_nothing(loud: User) -> None:
    response = signed_in().post(PATH, {"action": "toggle", "next": "/?kept"})
    assert response.status_code == 422
    assert "/?kept" in page(response)
    assert not Mute.objects.exists()


def test_muting_oneself_or_an_unknown_author_is_not_found(loud: User) -> None:
    client = signed_in(loud)
    for path in (PATH, "/authors/nobody/mute/", "/authors/a%00b/mute/"):
        assert client.get(path).status_code == 404
        assert client.post(path, {"action": "mute"}).status_code == 404
    assert not Mute.objects.exists()


def test_deactivated_account_can_be_unmuted_but_not_muted(loud: User) -> None:
    reader = UserFactory.create()
    client = signed_in(reader)
    client.post(PATH, {"action": "mute"})
    User.objects.filter(pk=loud.pk).update(is_active=False)
    assert client.post(PATH, {"action": "unmute"}).status_code == 302
    assert client.post(PATH, {"action": "mute"}).status_code == 404
    assert muted(reader) == []


def test_muting_needs_a_sign_in(loud: User) -> None:
    response = Client().post(PATH, {"action": "mute"})
    assert response["Location"].startswith("/accounts/login/?next=/authors/loud/mute/")
