"""Rows are inserted by compiled SQL as Django inserts them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, models
from django.db.models import Value
from django.db.models.functions import Upper
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from posts import compiled_insert
from posts.compiled_insert import CompiledInserts
from posts.models import Comment, Like, Post, User
from tests.factories import PostFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.database]

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
MOMENT = st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- the bounds have none
SIZE = st.one_of(st.just((None, None)), st.tuples(st.integers(1, 9_000), st.integers(1, 9_000)))


def insert(row: models.Model) -> list[str]:
    """Insert the row; return the statements that were run."""
    with CaptureQueriesContext(connection) as captured:
        row.save(force_insert=True)
    return [query["sql"] for query in captured]


def with_django(monkeypatch: pytest.MonkeyPatch, row: models.Model) -> list[str]:
    """Insert the row with Django's own SQL."""
    with monkeypatch.context() as patch:
        patch.delattr(CompiledInserts, "_insert")
        return insert(row)


@given(TEXT.filter(bool), TEXT, MOMENT, SIZE, st.booleans())
@settings(max_examples=40, deadline=None)
def test_statement_is_that_of_django(
    text: str, alt: str, moment: datetime, size: tuple[int | None, int | None], numbered: bool
) -> None:
    author = UserFactory.create()
    values: dict[str, Any] = {
        "author": author, "content": text, "image_alt": alt, "created_at": moment,
        "image_width": size[0], "image_height": size[1],
    }  # fmt: skip
    if numbered:
        values["pk"] = 1_000_000
    with pytest.MonkeyPatch.context() as monkeypatch:
        expected = with_django(monkeypatch, Post(**values))
    Post.objects.all().delete()
    post = Post(**values)
    assert insert(post) == expected
    stored = Post.objects.get(pk=post.pk)
    assert {name: getattr(stored, name) for name in values} == values
    assert stored.updated_at == moment
    stored.delete()


@pytest.mark.parametrize("model", [Like, Comment])
def test_likes_and_comments_are_inserted_as_by_django(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, moment = PostFactory.create(), datetime(2026, 1, 2, tzinfo=UTC)
    values: dict[str, Any] = {"post": post, "created_at": moment}
    values |= (
        {"content": "Hi", "author": post.author} if model is Comment else {"user": post.author}
    )
    expected = with_django(monkeypatch, model(**values))
    model.objects.all().delete()
    assert insert(model(**values)) == expected


def test_expression_is_inserted_by_django() -> None:
    post = Post.objects.create(author=UserFactory.create(), content=Upper(Value("hi")))
    post.refresh_from_db()
    assert post.content == "HI"


def test_sql_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    author: User = UserFactory.create()
    Post.objects.create(author=author, content="first")

    def fail(*_: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr(compiled_insert, "InsertQuery", fail)
    assert Post.objects.create(author=author, content="second").pk
