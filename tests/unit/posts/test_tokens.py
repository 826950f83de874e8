"""API tokens: issued for a password, stored as a hash, revoked one by one."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from knox.auth import TokenAuthentication
from knox.models import AuthToken
from pytest_django import Settings

from posts import tokens
from posts.last_use import PRECISION, RecentlySeen
from posts.models import Post, TokenRecord, User
from posts.serializers import moment_json
from tests.factories import UserFactory
from tests.unit.posts.calls import HELLO, call, fields, problem, signed_in

pytestmark = pytest.mark.django_db

PATH = "/api/auth/token/"
PASSWORD = "correct horse battery"


def ask(username: str, password: str = PASSWORD, **headers: str) -> Any:
    body = {"username": username, "password": password}
    return Client().post(PATH, body, content_type="application/json", headers=headers)


def bearing(token: str, scheme: str = "Bearer") -> Client:
    return Client(headers={"Authorization": f"{scheme} {token}"})


def token_of(user: User) -> str:
    token: str = ask(user.username).json()["token"]
    return token


def test_token_issued_for_a_password_writes() -> None:
    user = UserFactory.create()

    response = ask(user.username)

    assert response.status_code == 200
    answer = response.json()
    assert set(answer) == {"token", "name", "expiry"}
    assert answer["name"] == "API"
    assert answer["expiry"] == moment_json(AuthToken.objects.get().expiry)
    assert response["Cache-Control"] == "no-store"
    written = call(bearing(response.json()["token"]), "post", "/api/posts/", HELLO)
    assert written.status_code == 201
    assert Post.objects.get().author == user
    read = bearing(response.json()["token"]).get(written["Location"])
    assert read["Cache-Control"] == "private, no-cache"


def test_email_address_replaces_the_username_and_scheme_is_case_insensitive() -> None:
    user = UserFactory.create()
    token = ask(user.email).json()["token"]
    assert call(bearing(token, "bearer"), "post", "/api/posts/", HELLO).status_code == 201


def test_token_is_not_stored_in_the_database() -> None:
    token = token_of(UserFactory.create())
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM knox_authtoken")
        assert token not in str(cursor.fetchall())


@pytest.mark.parametrize(
    ("username", "password"),
    [("ada", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD), ("ada", f" {PASSWORD}")],
)
def test_wrong_sign_in_gives_no_token_and_no_reason(username: str, password: str) -> None:
    UserFactory.create(username="ada")
    UserFactory.create(username="gone", is_active=False)
    response = ask(username, password)
    body = problem(response, 401)
    assert response["WWW-Authenticate"] == "Bearer"
    assert body["detail"] == "No active account has this username and password."
    assert not AuthToken.objects.exists()


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"username", "password"}),
        ({"username": "ada"}, {"password"}),
        ({"username": "a\0", "password": PASSWORD}, {"username"}),
        ({"username": "a" * 255, "password": "\ud800"}, {"username", "password"}),
        ({"username": ["ada"], "password": 7}, {"username", "password"}),
        ({"username": "ada", "password": PASSWORD, "name": ""}, {"name"}),
        ({"username": "ada", "password": PASSWORD, "name": "n" * 81}, {"name"}),
        ({"username": "ada", "password": PASSWORD, "name": None}, {"name"}),
        ([], {"non_field_errors"}),
    ],
)
def test_request_without_a_name_or_a_password_is_refused(body: Any, wrong: set[str]) -> None:
    assert fields(call(Client(), "post", PATH, body)) == wrong


@pytest.mark.parametrize(
    "token",
    ["", "a b", "nonsense", "0" * 64, "0" * 63 + "ÿ", "0" * 63 + "\0", "0" * 5_000],
    ids=lambda token: repr(token)[-8:],
)
def test_invalid_token_is_refused_even_for_reading(token: str) -> None:
    response = bearing(token).get("/api/posts/1/")
    problem(response, 401)
    assert response["WWW-Authenticate"] == "Bearer"


def test_token_has_the_requested_name() -> None:
    user = UserFactory.create()
    body = {"username": user.username, "password": PASSWORD, "name": " Garden pump "}
    assert call(Client(), "post", PATH, body).json()["name"] == "Garden pump"
    assert TokenRecord.objects.get().name == "Garden pump"


def test_password_changed_during_the_check_gives_no_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    user = UserFactory.create()

    def checked(*args: Any, **kwargs: Any) -> User:
        User.objects.update(password=make_password("new"))
        return user

    monkeypatch.setattr(tokens, "sign_in", checked)
    problem(ask(user.username), 401)


def test_last_use_of_a_token_is_written_once_in_ten_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = bearing(token_of(UserFactory.create()))
    assert TokenRecord.objects.get().used_at is None
    path, queries = "/api/viewer/posts/?ids=1", []
    for ago in (timedelta(), timedelta(minutes=9), PRECISION):
        moment = timezone.now() - ago
        TokenRecord.objects.exclude(used_at=None).update(used_at=moment)
        monkeypatch.setattr(tokens, "recently_seen", RecentlySeen())
        for _ in range(2):
            with CaptureQueriesContext(connection) as captured:
                client.get(path)
            queries.append(str(captured.captured_queries))
        used_at = TokenRecord.objects.get().used_at
        assert used_at is not None
        assert (used_at == moment) == (ago == timedelta(minutes=9))
    assert ["tokenrecord" in text for text in queries] == [True, False] * 3


def test_token_without_a_record_gets_one_on_use() -> None:
    token = token_of(UserFactory.create())
    TokenRecord.objects.all().delete()
    bearing(token).get("/api/posts/1/")
    record = TokenRecord.objects.get()
    assert (str(record), record.used_at is None) == ("API", False)


def test_token_is_looked_up_by_one_query_and_is_that_of_knox() -> None:
    user: User = UserFactory.create()
    token = token_of(user).encode()
    for _ in range(2):  # the first use may be noted
        with CaptureQueriesContext(connection) as queries:
            found = tokens.BearerAuthentication().authenticate_credentials(token)
    assert len(queries) == 1
    of_knox = TokenAuthentication().authenticate_credentials(token)
    for ours, theirs in zip(found, of_knox, strict=True):
        assert type(ours) is type(theirs)
        assert {**ours.__dict__, "_state": 0} == {**theirs.__dict__, "_state": 0}
        assert ours._state.__dict__ == theirs._state.__dict__
    assert found[1].user is found[0]


def test_revoking_ends_only_that_token() -> None:
    user = UserFactory.create()
    revoked, kept = token_of(user), token_of(user)

    response = bearing(revoked).delete(PATH)

    assert (response.status_code, response.content) == (204, b"")
    problem(call(bearing(revoked), "post", "/api/posts/", HELLO), 401)
    assert call(bearing(kept), "post", "/api/posts/", HELLO).status_code == 201


def test_session_without_a_token_can_not_revoke() -> None:
    problem(signed_in().delete(PATH), 401)


def test_expired_token_is_refused() -> None:
    token = token_of(UserFactory.create())
    AuthToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    problem(call(bearing(token), "post", "/api/posts/", HELLO), 401)


def test_token_of_a_deactivated_user_is_refused() -> None:
    user = UserFactory.create()
    token = token_of(user)
    User.objects.update(is_active=False)
    problem(call(bearing(token), "post", "/api/posts/", HELLO), 401)


def test_request_with_an_ended_token_gets_a_new_one() -> None:
    user = UserFactory.create()
    assert ask(user.username, Authorization=f"Bearer {'0' * 64}").status_code == 200


def test_token_above_the_limit_ends_the_oldest(settings: Settings) -> None:
    settings.REST_KNOX = {**settings.REST_KNOX, "TOKEN_LIMIT_PER_USER": 2}
    user, other = UserFactory.create_batch(2)
    others = token_of(other)
    oldest, middle, newest = (token_of(user) for _ in range(3))
    problem(bearing(oldest).get("/api/posts/1/"), 401)
    for token in (middle, newest, others):
        problem(bearing(token).get("/api/posts/1/"), 404)


def test_guessing_passwords_of_one_name_is_limited(settings: Settings) -> None:
    settings.LIMITS = {**settings.LIMITS, "token_requests": (100, 60), "sign_ins": (100, 60)}
    user = UserFactory.create()
    answers = [ask(user.username, f"wrong {n}", **{"X-Real-IP": str(n)}) for n in range(6)]
    for answer in answers[:5]:
        problem(answer, 401)
    problem(answers[5], 429)
    problem(ask(user.username), 429)
    assert int(answers[-1]["Retry-After"]) > 0


def test_session_writes_only_with_a_csrf_token() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory.create())

    problem(call(client, "post", "/api/posts/", HELLO), 403)

    client.get("/accounts/login/")
    client.get("/api/docs/?script=")
    csrf = client.cookies["csrftoken"].value
    headers = {"X-CSRFToken": csrf}
    written = client.post("/api/posts/", HELLO, content_type="application/json", headers=headers)
    assert written.status_code == 201


def test_bearer_needs_no_csrf_token() -> None:
    token = token_of(UserFactory.create())
    client = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {token}"})
    assert call(client, "post", "/api/posts/", HELLO).status_code == 201
