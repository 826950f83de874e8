"""The budgets: of writes for each person, of sign-ins for each address, none of reads."""

from typing import Any, NoReturn

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client, RequestFactory
from pytest_django import Settings

from posts.throttles import WriteThrottle
from tests.factories import PostFactory, UserFactory
from tests.posts.calls import HELLO, call, problem, signed_in

pytestmark = pytest.mark.django_db


class Untouchable(LocMemCache):
    """A cache that fails the test that asks it."""

    def get(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AssertionError("the cache was asked")


@pytest.fixture(autouse=True)
def _small_budgets(settings: Settings) -> None:
    rates = {"write": "2/min", "sign-in": "2/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}


def test_who_has_written_enough_is_told_when_to_come_back() -> None:
    client = signed_in()
    for _ in range(2):
        assert call(client, "post", "/api/posts/", HELLO).status_code == 201
    response = call(client, "post", "/api/posts/", HELLO)
    problem(response, 429)
    assert 0 < int(response["Retry-After"]) <= 60


def test_every_kind_of_write_counts_and_each_person_has_a_budget_of_their_own() -> None:
    post = PostFactory.create()
    path = f"/api/posts/{post.pk}/"
    client = signed_in(post.author)
    assert call(client, "patch", path, HELLO).status_code == 200
    assert call(client, "put", f"{path}like/").status_code == 200
    problem(call(client, "delete", path), 429)
    assert call(signed_in(), "post", f"{path}comments/", HELLO).status_code == 201


def test_reads_are_never_counted_and_never_ask_the_cache(settings: Settings) -> None:
    post = PostFactory.create()
    reader = signed_in()
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.Untouchable"}}
    for client in (Client(), reader):
        assert client.get(f"/api/posts/{post.pk}/").status_code == 200
        assert client.get(f"/api/posts/{post.pk}/comments/").status_code == 200
        assert client.options(f"/api/posts/{post.pk}/").status_code == 200


def test_forms_and_the_api_share_one_budget() -> None:
    user = UserFactory.create()
    call(signed_in(user), "post", "/api/posts/", HELLO)
    request = RequestFactory().post("/posts/new/")
    request.user = user
    throttle = WriteThrottle()
    assert throttle.allow_request(request, None)
    assert not throttle.allow_request(request, None)
    assert 0 < (throttle.wait() or 0) <= 60


def test_without_a_person_the_address_has_the_budget() -> None:
    def allowed(address: str) -> bool:
        request = RequestFactory().post("/posts/new/", REMOTE_ADDR=address)
        request.user = AnonymousUser()
        return WriteThrottle().allow_request(request, None)

    assert [allowed("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert allowed("192.0.2.2")


def test_sign_ins_have_a_budget_for_each_address() -> None:
    def ask(address: str) -> Any:
        client = Client(REMOTE_ADDR=address)
        return call(client, "post", "/api/auth/token/", {"username": "a", "password": "b"})

    for _ in range(2):
        problem(ask("192.0.2.1"), 401)
    response = ask("192.0.2.1")
    problem(response, 429)
    assert int(response["Retry-After"]) > 0
    problem(ask("192.0.2.2"), 401)
