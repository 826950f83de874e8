"""`GET /api/authors/`: the people whom the beginning of a name may stand for."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, Settings

from feed.errors import QueryTooSlowError
from feed.people import MAX_COMPLETIONS, complete_people, search_people
from posts.models import User
from posts.rows import AuthorRow
from tests.factories import UserFactory
from tests.unit.feed.reading import PUBLIC, bearer, get, refused_fields

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def found(query: str) -> list[str]:
    response = get(f"/api/authors/?q={query}")
    assert response.status_code == 200
    return [person["username"] for person in response.json()["people"]]


@pytest.fixture
def _people(transactional_db: None) -> None:
    for username, display_name in (
        ("oisín", "Oisín Byrne"),
        ("oissa", ""),
        ("bob", "Bob Óissel"),
        ("Oix", ""),
        ("a_b", ""),
        ("a.b", ""),
        ("ليلى", "ليلى حداد"),
    ):
        UserFactory.create(username=username, display_name=display_name)
    UserFactory.create(username="oisgone", is_active=False)


@pytest.mark.usefixtures("_people")
@pytest.mark.parametrize(
    ("query", "usernames"),
    [
        ("oi", ["oissa", "oisín", "Oix"]),
        ("@OI", ["oissa", "oisín", "Oix"]),
        ("oisi", ["oisín"]),  # an accent is left out
        ("o%C3%ADssa", ["oissa"]),  # or typed in excess
        ("ois", ["oissa", "oisín", "bob"]),  # usernames come first
        ("byr", ["oisín"]),
        ("by", []),
        ("a_", ["a_b"]),
        ("%25", []),
        ("%D9%84%D9%8A", ["ليلى"]),
        ("nobody", []),
    ],
)
def test_people_are_found_by_the_beginning_of_a_name(query: str, usernames: list[str]) -> None:
    names = found(query)
    assert sorted(names) == sorted(usernames)
    assert [name for name in names if name == "bob"] == [
        name for name in names[-1:] if name == "bob"
    ]


@pytest.mark.parametrize("query", ["", "?q=", "?q=@", "?q=%00", "?q=a&q=b", f"?q={'a' * 101}"])
def test_impossible_beginning_is_refused_without_a_query(
    query: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert refused_fields(get(f"/api/authors/{query}")) == ["q"]


def test_answer_is_the_same_for_all_and_bounded() -> None:
    users = UserFactory.create_batch(MAX_COMPLETIONS + 2)
    response = get("/api/authors/?q=user")
    people = response.json()["people"]
    assert len(people) == MAX_COMPLETIONS
    assert people[0].keys() == {"id", "username", "display_name", "avatar_url"}
    assert response["Cache-Control"] == PUBLIC
    assert get("/api/authors/?q=user", users[0]).content == response.content
    assert get("/api/authors/?q=user", headers=bearer(users[0])).content == response.content


def test_answer_is_kept_and_follows_each_change_of_an_account(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    ida: Any = UserFactory.create(username="ida")
    assert found("id") == ["ida"]
    with django_assert_num_queries(0):
        assert found("id") == found("@ID") == ["ida"]
    User.objects.filter(pk=ida.pk).update(username="idabel")
    assert found("id") == ["idabel"]
    User.objects.update(is_active=False)
    assert found("id") == []


def test_abusive_use_is_limited(settings: Settings) -> None:
    settings.LIMITS = {**settings.LIMITS, "completions": (2, 60)}
    assert found("id") == found("id") == []
    response = get("/api/authors/?q=id")
    assert (response.status_code, int(response["Retry-After"]) > 0) == (429, True)


def test_slow_query_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_slow(beginning: str) -> list[Any]:
        raise QueryTooSlowError

    monkeypatch.setattr("feed.pages.complete_people", too_slow)
    response = get("/api/authors/?q=id")
    assert (response.status_code, response["Cache-Control"]) == (503, "no-store")


@pytest.mark.postgres
@pytest.mark.parametrize("find", [complete_people, search_people])
def test_people_are_found_by_indexes(find: Callable[[str], list[AuthorRow]]) -> None:
    UserFactory.create_batch(3)
    with CaptureQueriesContext(connection) as captured:
        find("oi")
    (query,) = (one["sql"] for one in captured if "posts_search_keys" in one["sql"])
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute("SET enable_indexscan = off")  # it could read all users by their username
        cursor.execute(f"EXPLAIN {query}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("RESET enable_seqscan")
        cursor.execute("RESET enable_indexscan")
    assert "Bitmap Index Scan on posts_user_search" in plan, plan
    assert ("posts_user_lower_username" in plan) == (find is complete_people), plan
