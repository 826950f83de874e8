"""Stolen tokens and sessions, and guessed passwords."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.test import Client
from knox.models import AuthToken
from pytest_django import Settings

from posts import tokens
from posts.errors import PasswordChangedError
from posts.models import User
from tests.factories import PostFactory, UserFactory
from tests.unit.feed.writes import NEW_PASSWORDS, World
from tests.unit.posts.calls import HELLO, call

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "correct horse battery"
PROFILE, ACCESS, TOKENS = "/accounts/profile/", "/accounts/sessions/", "/accounts/tokens/"
DELETE, EMAIL = "/accounts/delete/", "/accounts/email/"
REAUTHENTICATE = "/accounts/reauthenticate/"
OWNER = "ada@example.org"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.make(tmp_path)


@pytest.fixture
def ada() -> User:
    user: User = UserFactory.create(username="ada", email=OWNER)
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def is_signed_in(client: Client) -> bool:
    return bool(client.get(PROFILE).status_code == 200)


def writes(token: str) -> bool:
    """Return whether the API accepts a post with this token."""
    client = Client(headers={"Authorization": f"Bearer {token}"})
    return bool(call(client, "post", "/api/posts/", HELLO).status_code == 201)


def subjects_to_owner() -> list[str]:
    """Return the subjects of the messages to the owner."""
    return [
        re.sub(r"^\[.*?\] ", "", str(message.subject))
        for message in mail.outbox
        if message.to == [OWNER]
    ]


# --- Finding 4: a token outlives the password -----------------------------------------------------


@pytest.mark.parametrize("way", NEW_PASSWORDS)
def test_new_password_ends_all_tokens_and_sessions(way: str, world: World) -> None:
    stolen, session, others = tokens.issue(world.ada), signed_in(world.ada), signed_in(world.bob)
    kept = tokens.issue(world.bob)
    assert writes(stolen.secret)
    assert is_signed_in(session)

    NEW_PASSWORDS[way](world, session)

    assert not writes(stolen.secret)
    assert not is_signed_in(session)
    if "all" not in way:
        assert writes(kept.secret)
        assert is_signed_in(others)


def test_session_that_changes_the_password_stays_signed_in(ada: User) -> None:
    client = signed_in(ada)
    given = {
        "oldpassword": PASSWORD,
        "password1": "another fine one",
        "password2": "another fine one",
    }
    client.post("/accounts/password/change/", given)
    assert is_signed_in(client)
    assert subjects_to_owner() == ["Your password is changed"]


def test_token_is_refused_if_the_password_changed_meanwhile(ada: User) -> None:
    """The thief gave the old password, and all tokens were ended before theirs is created."""
    thief = User.objects.get(pk=ada.pk)
    User.objects.filter(pk=ada.pk).update(password=make_password("new"))
    with pytest.raises(PasswordChangedError):
        tokens.issue(thief)
    assert not AuthToken.objects.exists()


def test_rehash_of_an_old_password_does_not_overwrite_the_new_one(ada: User) -> None:
    """A sign-in with the old password, during the change, must not store it again."""
    late = User.objects.get(pk=ada.pk)
    User.objects.filter(pk=ada.pk).update(password=make_password("new"))
    late._hash_anew(PASSWORD)
    ada.refresh_from_db()
    assert ada.check_password("new")
    assert not ada.check_password(PASSWORD)


@pytest.mark.parametrize("by", ["sign-in", "token"])
def test_sessions_and_tokens_survive_an_upgrade_of_the_hash(
    by: str, ada: User, settings: Settings
) -> None:
    session, token = signed_in(ada), tokens.issue(ada)
    before = User.objects.get(pk=ada.pk).password
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    if by == "sign-in":
        Client().post("/accounts/login/", {"login": "ada", "password": PASSWORD})
    else:
        body = {"username": "ada", "password": PASSWORD}
        assert call(Client(), "post", "/api/auth/token/", body).status_code == 200
    after = User.objects.get(pk=ada.pk)
    assert before != after.password
    assert after.check_password(PASSWORD)
    assert is_signed_in(session)
    assert writes(token.secret)

    # Sessions and tokens of the old hash still end with the next password.
    after.set_password("another fine one")
    after.save()
    assert not is_signed_in(session)
    assert not writes(token.secret)


# --- Finding 8: a stolen session takes the account over -------------------------------------------

TAKE_OVER: dict[str, tuple[str, dict[str, str]]] = {
    "an address of theirs": (EMAIL, {"action_add": "", "email": "thief@evil.example"}),
    "a token": (TOKENS, {"name": "thief"}),
    "the end of the account": (DELETE, {}),
    "a password": (
        "/accounts/password/change/",
        {"oldpassword": "guessed", "password1": "thief's own one", "password2": "thief's own one"},
    ),
}


@pytest.mark.parametrize("wanted", TAKE_OVER)
def test_stolen_session_alone_does_not_take_the_account_over(wanted: str, ada: User) -> None:
    client = signed_in(ada)
    path, values = TAKE_OVER[wanted]
    client.post(path, values)
    # Nor by asking again for what is waiting for the password.
    client.get(path)
    client.post(REAUTHENTICATE, {"password": "guessed", "next": path})
    client.post(path, values)
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)
    assert not AuthToken.objects.exists()
    assert not ada.emailaddress_set.filter(email="thief@evil.example").exists()
    assert subjects_to_owner() == []


def confirmed(user: User) -> Client:
    """A client whose owner has just given the password again."""
    client = signed_in(user)
    answer = client.post(REAUTHENTICATE, {"password": PASSWORD, "next": PROFILE})
    assert answer["Location"] == PROFILE
    return client


def test_owner_gets_a_mail_about_a_changed_address(ada: User) -> None:
    ada.emailaddress_set.create(email=OWNER, primary=True, verified=True)
    ada.emailaddress_set.create(email="new@example.org", verified=True)
    confirmed(ada).post(EMAIL, {"action_primary": "", "email": "new@example.org"})
    assert subjects_to_owner() == ["Your email address is changed"]


def test_owner_gets_a_mail_about_a_new_token(ada: User) -> None:
    answer = confirmed(ada).post(TOKENS, {"name": "Thief\u2019s laptop"})
    assert AuthToken.objects.get().user == ada
    assert subjects_to_owner() == ["A new API token"]
    assert "Thief\u2019s laptop" in mail.outbox[0].body
    assert "127.0.0.1" in mail.outbox[0].body
    secret = re.search(r"<code>([0-9a-f]{64})</code>", answer.content.decode())
    assert secret
    assert secret[1] not in mail.outbox[0].body


def test_owner_gets_a_mail_about_the_deleted_account(ada: User) -> None:
    confirmed(ada).post(DELETE)
    assert not User.objects.exists()
    assert subjects_to_owner() == ["Your account is deleted"]
    assert "Your account ada is deleted" in mail.outbox[0].body


# --- Finding 13: the deletion form is a password oracle -------------------------------------------


def test_deletion_form_does_not_reveal_whether_a_password_is_right(ada: User) -> None:
    answers = {
        (answer.status_code, answer["Location"], answer.content)
        for answer in (
            signed_in(ada).post(DELETE, {"password": password}) for password in ("x", PASSWORD)
        )
    }
    assert len(answers) == 1
    assert User.objects.filter(pk=ada.pk).exists()


def test_guesses_on_the_reauthentication_page_are_limited(ada: User) -> None:
    client = signed_in(ada)
    guesses = [
        client.post(REAUTHENTICATE, {"password": f"guess {n}", "next": DELETE}) for n in range(12)
    ]
    right = client.post(REAUTHENTICATE, {"password": PASSWORD, "next": DELETE})
    assert right.status_code == 429
    assert guesses[-1].status_code == 429
    client.post(DELETE)
    assert User.objects.filter(pk=ada.pk).exists()


# --- Finding 21: a copied cookie after the end of its session -------------------------------------


@pytest.mark.redis
@pytest.mark.postgres
@pytest.mark.parametrize("ended_by", ["signed out", "new password", "ended by page"])
def test_copied_cookie_is_not_signed_in_on_any_worker_after_the_session_ends(
    ended_by: str, ada: User, keep_serving: Callable[..., Any]
) -> None:
    """Use two servers with one worker each, so that each worker is checked."""
    post = PostFactory.create()
    workers = [
        keep_serving(name, WEB_WORKERS="1", REDIS_TIMEOUT="2") for name in ("first", "second")
    ]
    client = signed_in(ada)
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    paths = ("/", f"/posts/{post.pk}/", f"/authors/{post.author.username}/", "/search/?q=number")

    def shown() -> set[bool]:
        return {
            'data-viewer="ada"' in worker.get(path, Cookie=cookie).text
            for worker in workers
            for path in paths
        }

    for _ in range(2):
        assert shown() == {True}
    match ended_by:
        case "signed out":
            client.post("/accounts/logout/")
        case "new password":
            User.objects.filter(pk=ada.pk).update(password=make_password("new"))
        case _:
            signed_in(ada).post(ACCESS, {"target": "sessions"})
    assert shown() == {False}


# --- The page of sessions and tokens --------------------------------------------------------------


def test_sessions_page_contains_no_key_or_digest(ada: User) -> None:
    other, client = signed_in(ada), signed_in(ada)
    token = tokens.issue(ada)
    text = client.get(ACCESS).content.decode()
    for secret in (
        other.session.session_key,
        client.session.session_key,
        token.secret,
        token.secret[:15],
        AuthToken.objects.get().digest,
    ):
        assert str(secret) not in text


def test_user_cannot_end_sessions_and_tokens_of_others(ada: User) -> None:
    victim = UserFactory.create()
    session, token = signed_in(victim), tokens.issue(victim)
    chosen = [
        {"target": "session", "id": str(victim.session_records.get().pk)},
        {"target": "token", "id": tokens.id_of(AuthToken.objects.get())},
        {"target": "sessions"},
        {"target": "tokens"},
    ]
    client = signed_in(ada)
    for values in chosen:
        assert client.post(ACCESS, values).status_code == 302
    assert is_signed_in(session)
    assert writes(token.secret)


def test_session_without_a_record_ends_with_all_others(ada: User) -> None:
    """Sessions of releases before the list have no record."""
    stolen, client = signed_in(ada), signed_in(ada)
    ada.session_records.filter(session_id=stolen.session.session_key).delete()
    client.post(ACCESS, {"target": "sessions"})
    assert not is_signed_in(stolen)
    assert is_signed_in(client)
