"""Unlimited public requests (schema, health) cost little (finding 23)."""

from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from django.core.management import call_command
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from feed import health
from feed.cache import feed_cache
from feedsite import schema
from freshcache.cache import FreshCache

SCHEMA = "/api/schema/"
YAML, JSON = "application/vnd.oai.openapi", "application/vnd.oai.openapi+json"


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> Iterator[mock.MagicMock]:
    """A spy of the schema's generator, in a process that has not built the schema yet."""
    monkeypatch.setattr(schema, "_rendered", {})
    make = SchemaGenerator.get_schema
    with mock.patch.object(SchemaGenerator, "get_schema", autospec=True, side_effect=make) as spy:
        yield spy


def test_schema_is_built_once_per_format(built: mock.MagicMock) -> None:
    for number in range(20):
        for kind in (JSON, YAML, "application/json", "application/yaml", "*/*"):
            path = f"{SCHEMA}?version={number}&lang=de"
            assert Client().get(path, headers={"Accept": kind}).status_code == 200
    assert built.call_count == 2  # JSON and YAML
    assert len(schema._rendered) == 2


@pytest.mark.parametrize("kind", [JSON, YAML])
def test_schema_equals_the_output_of_the_command(kind: str, tmp_path: Any) -> None:
    response = Client().get(SCHEMA, headers={"Accept": kind})
    assert response["Content-Type"] == kind
    assert "Accept" in response["Vary"]
    file = tmp_path / "schema"
    form = "openapi-json" if kind == JSON else "openapi"
    call_command("spectacular", file=str(file), format=form)
    assert response.content == file.read_bytes()


def test_unchanged_schema_is_answered_with_304() -> None:
    etag = Client().get(SCHEMA)["ETag"]
    again = Client().get(SCHEMA, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    other = Client().get(SCHEMA, headers={"If-None-Match": etag, "Accept": YAML})
    assert other.status_code == 200


def test_checks_of_readiness_probes_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    check = mock.MagicMock(return_value={"database": "ok", "migrations": "ok"})
    monkeypatch.setattr(health, "_timed_database", check)
    monkeypatch.setattr(health, "_recent_checks", health.Recent(health._checks, clock=lambda: 7.5))
    assert {Client().get("/health/ready").status_code for _ in range(100)} == {200}
    assert check.call_count == health.MAX_ANSWERS_PER_SECOND


def test_redis_queries_of_cache_probes_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = mock.MagicMock(side_effect=health._health)
    monkeypatch.setattr(health, "_recent_health", health.Recent(answer, clock=lambda: 7.5))
    answers = [Client().get("/health/cache").json() for _ in range(100)]
    assert answer.call_count == health.MAX_ANSWERS_PER_SECOND
    assert answers[-1] == answers[health.MAX_ANSWERS_PER_SECOND - 1]


def test_health_is_checked_again_after_a_second() -> None:
    now, calls = 0.0, iter(range(100))
    recent = health.Recent(lambda _: next(calls), clock=lambda: now)
    cache = feed_cache()
    limit = health.MAX_ANSWERS_PER_SECOND
    assert [recent(cache) for _ in range(limit + 5)] == [*range(limit)] + [limit - 1] * 5
    now = 1.0
    assert recent(cache) == limit


def test_health_of_another_cache_is_checked_anew() -> None:
    calls = iter(range(100))
    recent = health.Recent(lambda _: next(calls), clock=lambda: 0.0)
    for _ in range(20):
        last = recent(feed_cache())
    assert recent(mock.MagicMock(spec=FreshCache)) == last + 1


def test_checks_are_limited_per_cache() -> None:
    calls = iter(range(100))
    recent = health.Recent(lambda _: next(calls), clock=lambda: 0.0)
    for _ in range(20):
        last = recent(feed_cache())
    other = mock.MagicMock(spec=FreshCache)
    assert [recent(other), recent(other)] == [last + 1, last + 2]
