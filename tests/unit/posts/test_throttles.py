"""Limits in the API and in forms: writes and uploads by account, token requests by address."""

from contextlib import closing
from typing import Any, NoReturn

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import Client, RequestFactory
from pytest_django import Settings
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request

from posts import limits
from posts.models import User
from posts.throttles import UploadThrottle, WriteThrottle
from tests.factories import PostFactory, UserFactory
from tests.unit.posts.calls import HELLO, call, problem, signed_in
from tests.unit.posts.sample_images import upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _small_limits(settings: Settings) -> None:
    small = {"writes": (2, 60), "uploads": (1, 60), "token_requests": (2, 60)}
    settings.LIMITS = {**settings.LIMITS, **small}


def asked(request: HttpRequest, user: User | AnonymousUser) -> Request:
    request.user = user
    asked = Request(request, parsers=[MultiPartParser(), JSONParser()])
    asked.user = user
    return asked


def test_each_write_tells_how_many_are_left() -> None:
    """As draft-ietf-httpapi-ratelimit-headers-10 has it."""
    client = signed_in()
    left = []
    for _ in range(3):
        answer = call(client, "post", "/api/posts/", HELLO)
        assert answer["RateLimit-Policy"] == '"writes";q=2;w=60'
        left.append(answer["RateLimit"])
    assert answer.status_code == 429
    assert left == ['"writes";r=1', '"writes";r=0', '"writes";r=0']
    assert "RateLimit" not in client.get("/api/feed/")
    other = call(signed_in(), "post", "/api/posts/", HELLO)
    assert other["RateLimit"] == '"writes";r=1'


def test_upload_tells_of_both_its_limits() -> None:
    answer = signed_in().post("/api/posts/", {**HELLO, "image": upload()})
    assert answer["RateLimit-Policy"] == '"writes";q=2;w=60, "uploads";q=1;w=60'
    assert answer["RateLimit"] == '"writes";r=1, "uploads";r=0'


def test_refused_client_gets_retry_after() -> None:
    client = signed_in()
    for _ in range(2):
        assert call(client, "post", "/api/posts/", HELLO).status_code == 201
    response = call(client, "post", "/api/posts/", HELLO)
    problem(response, 429)
    assert 0 < int(response["Retry-After"]) <= 120


def test_each_kind_of_write_counts_separately_for_each_account() -> None:
    post = PostFactory.create()
    path = f"/api/posts/{post.pk}/"
    client = signed_in(post.author)
    assert call(client, "patch", path, HELLO).status_code == 200
    assert call(client, "put", f"{path}like/").status_code == 200
    problem(call(client, "delete", path), 429)
    assert call(signed_in(), "post", f"{path}comments/", HELLO).status_code == 201


def test_reads_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    post = PostFactory.create()
    reader = signed_in()

    def refuse(*args: object) -> NoReturn:
        raise AssertionError("a read was counted")

    monkeypatch.setattr(limits, "count", refuse)
    for client in (Client(), reader):
        assert client.get(f"/api/posts/{post.pk}/").status_code == 200
        assert client.get(f"/api/posts/{post.pk}/comments/").status_code == 200
        assert client.options(f"/api/posts/{post.pk}/").status_code == 200


def test_forms_and_the_api_share_one_limit() -> None:
    user = UserFactory.create()
    client = signed_in(user)
    call(client, "post", "/api/posts/", HELLO)
    assert client.post("/posts/new/", {"content": "second"}).status_code == 302
    problem(call(client, "post", "/api/posts/", HELLO), 429)
    assert client.post("/posts/new/", {"content": "third"}).status_code == 429


def test_without_an_account_the_address_is_counted() -> None:
    def allowed(address: str) -> bool:
        request = RequestFactory().post("/posts/new/", REMOTE_ADDR=address)
        return WriteThrottle().allow_request(asked(request, AnonymousUser()), None)

    assert [allowed("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert allowed("192.0.2.2")


def test_token_requests_are_counted_by_address() -> None:
    def ask(address: str) -> Any:
        client = Client(REMOTE_ADDR=address)
        return call(client, "post", "/api/auth/token/", {"username": "a", "password": "b"})

    for _ in range(2):
        problem(ask("192.0.2.1"), 401)
    response = ask("192.0.2.1")
    problem(response, 429)
    assert int(response["Retry-After"]) > 0
    problem(ask("192.0.2.2"), 401)


def test_api_counts_requests_with_a_file_as_uploads() -> None:
    user = UserFactory.create()

    def allowed(**sent: Any) -> bool:
        request = RequestFactory().post("/api/posts/", **sent)
        with closing(request):
            return UploadThrottle().allow_request(asked(request, user), None)

    with_file = {"data": {"image": upload()}}
    as_json = {"data": HELLO, "content_type": "application/json"}
    sent = (as_json, as_json, with_file, with_file, as_json)
    assert [allowed(**each) for each in sent] == [True, True, True, False, True]
