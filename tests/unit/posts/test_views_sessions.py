"""The page *Sessions and tokens*."""

import re
from typing import Any

import pytest
from django.test import Client
from knox.models import AuthToken
from pytest_django import Settings

from posts import tokens
from posts.errors import PasswordChangedError
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
    """Return the rows of the page as text."""
    listed = re.findall(r"<li>(.*?)</li>", page(response).split("</h1>")[1], re.DOTALL)
    texts = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in listed]
    return [text.replace(" ,", ",") for text in texts]


def test_each_session_is_listed_and_all_but_the_current_can_be_ended(ada: User) -> None:
    other, client = Client(headers={"User-Agent": FIREFOX}), signed_in(ada)
    other.post("/accounts/login/", {"login": "ada", "password": PASSWORD})
    signed_in()  # another user's session
    first, second = sorted(rows(client.get(ACCESS)), key=lambda row: "this one" in row)
    assert re.match(r"Firefox on Linux Signed in .* UTC, last used .* UTC End Firefox", first)
    assert re.match(r"Unknown browser this one Signed in .* UTC, last used .* UTC$", second)
    assert other.get("/")["Cache-Control"].startswith("private")

    chosen = re.search(r'name="id" value="(\d+)"', page(client.get(ACCESS)))
    assert chosen
    response = client.post(ACCESS, {"target": "session", "id": chosen[1]}, follow=True)

    assert "The session is ended." in page(response)
    assert len(rows(response)) == 1
    assert client.post(ACCESS, {"target": "session", "id": chosen[1]}).status_code == 302
    assert other.get("/accounts/profile/").status_code == 302


def test_each_token_is_listed_and_can_be_ended(ada: User) -> None:
    client = signed_in(ada)
    assert "None. A program that writes" in page(client.get(ACCESS))
    _, used, _ = (tokens.issue(ada, name=name) for name in ("old", "used", "new"))
    TokenRecord.objects.filter(name="old").delete()  # a token without a record
    Client(headers={"Authorization": f"Bearer {used.secret}"}).get("/api/posts/1/")
    listed = rows(client.get(ACCESS))[1:]
    assert re.match(r"new Made .* UTC, not used yet, ends .* UTC End new", listed[0])
    assert re.match(r"used Made .* UTC, last used .* UTC, ends .* UTC End used", listed[1])
    assert re.match(r"API Made .* UTC, not used yet", listed[2])

    ids = re.findall(r'name="id" value="([0-9a-f]{16})"', page(client.get(ACCESS)))
    response = client.post(ACCESS, {"target": "token", "id": ids[0]}, follow=True)
    assert "The token is ended." in page(response)
    assert AuthToken.objects.count() == 2
    response = client.post(ACCESS, {"target": "tokens"}, follow=True)
    assert "All tokens are ended." in page(response)
    assert not AuthToken.objects.exists()
    assert not TokenRecord.objects.exists()


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"target": "everything"},
        {"target": "session"},
        {"target": "session", "id": "a"},
        {"target": "session", "id": "9" * 19},
        {"target": "session", "id": "\0"},
        {"target": "token", "id": "٣"},
        {"target": "token", "id": "%"},
    ],
)
def test_invalid_choice_is_refused(values: dict[str, str], ada: User) -> None:
    client = signed_in(ada)
    tokens.issue(ada)
    assert client.post(ACCESS, values).status_code == 422
    assert AuthToken.objects.count() == 1


@pytest.mark.parametrize("token_id", ["", "0" * 15, "0" * 16, "0" * 17])
def test_ending_a_missing_token_is_no_error(token_id: str, ada: User) -> None:
    tokens.issue(ada)
    assert signed_in(ada).post(ACCESS, {"target": "token", "id": token_id}).status_code == 302
    assert AuthToken.objects.count() == 1


def make(client: Client, name: str) -> Any:
    """Make a token by the form, with the password."""
    asked = client.post(TOKENS, {"name": name})
    assert asked["Location"].startswith(REAUTHENTICATE)
    return client.post(REAUTHENTICATE, {"password": PASSWORD, "next": TOKENS})


def test_token_is_made_after_the_password_and_shown_once(ada: User) -> None:
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
def test_invalid_name_makes_no_token(name: str, ada: User) -> None:
    response = make(signed_in(ada), name)
    assert response.status_code == 422
    assert "errorlist" in page(response)
    assert not AuthToken.objects.exists()


def test_no_token_is_made_in_a_session_that_ended_meanwhile(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(*args: Any, **kwargs: Any) -> None:
        raise PasswordChangedError

    monkeypatch.setattr(tokens, "issue", changed)
    assert make(signed_in(ada), "x")["Location"] == ACCESS


def test_nothing_ends_above_the_limit_of_writes(ada: User, settings: Settings) -> None:
    settings.LIMITS = {**settings.LIMITS, "writes": (1, 60)}
    tokens.issue(ada)
    client = signed_in(ada)
    assert client.post(ACCESS, {"target": "session", "id": "1"}).status_code == 302
    response = client.post(ACCESS, {"target": "tokens"})
    assert response.status_code == 429
    assert "That was a lot in a short time" in page(response)
    assert AuthToken.objects.exists()
