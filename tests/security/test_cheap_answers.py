"""What anybody may ask for without limit costs next to nothing (finding 23)."""

from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from django.core.management import call_command
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from pytest_django import DjangoAssertNumQueries

from feed import health
from feed.cache import feed_cache
from feedsite import schema
from freshcache.cache import FreshCache

SCHEMA = "/api/schema/"
YAML, JSON = "application/vnd.oai.openapi", "application/vnd.oai.openapi+json"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[mock.MagicMock]:
    """How often the schema is made, from a process that has not made it yet."""
    monkeypatch.setattr(schema, "_written", {})
    make = SchemaGenerator.get_schema
    with mock.patch.object(SchemaGenerator, "get_schema", autospec=True, side_effect=make) as spy:
        yield spy


def test_the_schema_is_made_once_whoever_asks_and_however(made: mock.MagicMock) -> None:
    for number in range(20):
        for kind in (JSON, YAML, "application/json", "application/yaml", "*/*"):
            path = f"{SCHEMA}?version={number}&lang=de"
            assert Client().get(path, headers={"Accept": kind}).status_code == 200
    assert made.call_count == 2  # JSON and YAML
    assert len(schema._written) == 2


@pytest.mark.parametrize("kind", [JSON, YAML])
def test_the_schema_is_what_the_command_writes(kind: str, tmp_path: Any) -> None:
    response = Client().get(SCHEMA, headers={"Accept": kind})
    assert response["Content-Type"] == kind
    assert "Accept" in response["Vary"]
    file = tmp_path / "schema"
    form = "openapi-json" if kind == JSON else "openapi"
    call_command("spectacular", file=str(file), format=form)
    assert response.content == file.read_bytes()


def test_who_has_the_schema_is_told_so() -> None:
    etag = Client().get(SCHEMA)["ETag"]
    again = Client().get(SCHEMA, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    other = Client().get(SCHEMA, headers={"If-None-Match": etag, "Accept": YAML})
    assert other.status_code == 200


@pytest.mark.django_db
def test_probes_without_end_ask_the_database_only_so_often(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = Client()
    assert client.get("/health/ready").status_code == 200  # migrated: known from now on
    monkeypatch.setattr(health, "_recent_checks", health.Recent(health._checks, clock=lambda: 7.5))
    with django_assert_num_queries(health.MAX_ANSWERS_PER_SECOND):
        assert {client.get("/health/ready").status_code for _ in range(100)} == {200}


def test_probes_without_end_ask_redis_only_so_often(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = mock.MagicMock(side_effect=health._health)
    monkeypatch.setattr(health, "_recent_health", health.Recent(answer, clock=lambda: 7.5))
    answers = [Client().get("/health/cache").json() for _ in range(100)]
    assert answer.call_count == health.MAX_ANSWERS_PER_SECOND
    assert answers[-1] == answers[health.MAX_ANSWERS_PER_SECOND - 1]


def test_after_a_second_the_answer_is_a_new_one() -> None:
    now, calls = 0.0, iter(range(100))
    recent = health.Recent(lambda _: next(calls), clock=lambda: now)
    cache = feed_cache()
    most = health.MAX_ANSWERS_PER_SECOND
    assert [recent(cache) for _ in range(most + 5)] == [*range(most)] + [most - 1] * 5
    now = 1.0
    assert recent(cache) == most


def test_no_answer_is_given_for_another_cache() -> None:
    calls = iter(range(100))
    recent = health.Recent(lambda _: next(calls), clock=lambda: 0.0)
    for _ in range(20):
        last = recent(feed_cache())
    assert recent(mock.MagicMock(spec=FreshCache)) == last + 1


def test_what_another_cache_was_asked_does_not_count() -> None:
    calls = iter(range(100))
    recent = health.Recent(lambda _: next(calls), clock=lambda: 0.0)
    for _ in range(20):
        last = recent(feed_cache())
    other = mock.MagicMock(spec=FreshCache)
    assert [recent(other), recent(other)] == [last + 1, last + 2]
