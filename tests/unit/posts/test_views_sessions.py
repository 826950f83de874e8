"""The page *Sessions and tokens*."""

import re
from typing import Any

import pytest
from django.test import Client
from knox.models import AuthToken
from pytest_django import Settings

from posts import tokens
from posts.models import TokenRecord, User
from tests.factories import UserFactory
from tests.unit.posts.test_views import page, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

ACCESS, TOKENS = "/accounts/sessions/", "/accounts/tokens/"
REAUTHENTICATE = "/accounts/reauthenticate/"
PASSWORD = "correct horse battery"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.fixture
def ada() -> User:
    user: User = UserFactory.create(username="ada")
    return user


def rows(response: Any) -> list[str]:
    """What the page lists, as text."""
    listed = re.findall(r"<li>(.*?)</li>", page(response).split("</h1>")[1], re.DOTALL)
    texts = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in listed]
    return [text.replace(" ,", ",") for text in texts]


def test_each_session_has_a_name_its_times_and_an_end_but_for_this_one(ada: User) -> None:
    other, client = Client(headers={"User-Agent": FIREFOX}), signed_in(ada)
    other.post("/accounts/login/", {"login": "ada", "password": PASSWORD})
    signed_in()  # somebody else's
    first, second = sorted(rows(client.get(ACCESS)), key=lambda row: "this one" in row)
    assert re.match(r"Firefox on Linux Signed in .* UTC, last used .* UTC End Firefox", first)
    assert re.match(r"Unknown browser this one Signed in .* UTC, last used .* UTC$", second)
    assert other.get("/")["Cache-Control"].startswith("private")

    chosen = re.search(r'name="id" value="(\d+)"', page(client.get(ACCESS)))
    assert chosen
    response = client.post(ACCESS, {"what": "session", "id": chosen[1]}, follow=True)

    assert "The session is ended." in page(response)
    assert len(rows(response)) == 1
    assert client.post(ACCESS, {"what": "session", "id": chosen[1]}).status_code == 302
    assert other.get("/accounts/profile/").status_code == 302


def test_each_token_has_a_name_its_times_and_an_end(ada: User) -> None:
    client = signed_in(ada)
    assert "None. A program that writes" in page(client.get(ACCESS))
    _, used, _ = (tokens.issue(ada, name=name) for name in ("old", "used", "new"))
    TokenRecord.objects.filter(name="old").delete()  # of before they had names
    Client(headers={"Authorization": f"Bearer {used.secret}"}).get("/api/posts/1/")
    listed = rows(client.get(ACCESS))[1:]
    assert re.match(r"new Made .* UTC, not used yet, ends .* UTC End new", listed[0])
    assert re.match(r"used Made .* UTC, last used .* UTC, ends .* UTC End used", listed[1])
    assert re.match(r"API Made .* UTC, not used yet", listed[2])

    ids = re.findall(r'name="id" value="([0-9a-f]{16})"', page(client.get(ACCESS)))
    response = client.post(ACCESS, {"what": "token", "id": ids[0]}, follow=True)
    assert "The token is ended." in page(response)
    assert AuthToken.objects.count() == 2
    response = client.post(ACCESS, {"what": "tokens"}, follow=True)
    assert "All tokens are ended." in page(response)
    assert not AuthToken.objects.exists()
    assert not TokenRecord.objects.exists()


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"what": "everything"},
        {"what": "session"},
        {"what": "session", "id": "a"},
        {"what": "session", "id": "9" * 19},
        {"what": "session", "id": "\0"},
        {"what": "token", "id": "٣"},
        {"what": "token", "id": "%"},
    ],
)
def test_what_can_not_be_ended_is_refused(values: dict[str, str], ada: User) -> None:
    client = signed_in(ada)
    tokens.issue(ada)
    assert client.post(ACCESS, values).status_code == 422
    assert AuthToken.objects.count() == 1


@pytest.mark.parametrize("token_id", ["", "0" * 15, "0" * 16, "0" * 17])
def test_a_token_that_is_not_there_has_ended_already(token_id: str, ada: User) -> None:
    tokens.issue(ada)
    assert signed_in(ada).post(ACCESS, {"what": "token", "id": token_id}).status_code == 302
    assert AuthToken.objects.count() == 1


def make(client: Client, name: str) -> Any:
    """A token by the form, with the password that it asks for."""
    asked = client.post(TOKENS, {"name": name})
    assert asked["Location"].startswith(REAUTHENTICATE)
    return client.post(REAUTHENTICATE, {"password": PASSWORD, "next": TOKENS})


def test_a_token_is_made_after_the_password_and_shown_once(ada: User) -> None:
    client = signed_in(ada)
    response = make(client, " Garden pump ")
    assert "no-store" in response["Cache-Control"]
    secret = re.search(r"<code>([0-9a-f]{64})</code>", page(response))
    assert secret
    bearer = Client(headers={"Authorization": f"Bearer {secret[1]}"})
    assert bearer.get("/api/viewer/posts/?ids=1").status_code == 200
    assert TokenRecord.objects.get().name == "Garden pump"
    assert secret[1] not in page(client.get(ACCESS))
    assert client.get(TOKENS)["Location"] == ACCESS
    assert "Another" in page(client.post(TOKENS, {"name": "Another"})), (
        "not asked for again so soon"
    )


@pytest.mark.parametrize("name", ["", "  ", "n" * 81, "a\0"])
def test_a_name_that_is_none_makes_no_token(name: str, ada: User) -> None:
    response = make(signed_in(ada), name)
    assert response.status_code == 422
    assert "errorlist" in page(response)
    assert not AuthToken.objects.exists()


def test_a_token_is_not_made_in_a_session_that_has_just_ended(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(*args: Any, **kwargs: Any) -> None:
        raise tokens.PasswordChangedError

    monkeypatch.setattr(tokens, "issue", changed)
    assert make(signed_in(ada), "x")["Location"] == ACCESS


def test_beyond_the_limit_of_writes_nothing_ends(ada: User, settings: Settings) -> None:
    settings.LIMITS = {**settings.LIMITS, "writes": (1, 60)}
    tokens.issue(ada)
    client = signed_in(ada)
    assert client.post(ACCESS, {"what": "session", "id": "1"}).status_code == 302
    response = client.post(ACCESS, {"what": "tokens"})
    assert response.status_code == 429
    assert "That was a lot in a short time" in page(response)
    assert AuthToken.objects.exists()
