"""The database holds each limit of the models, and migration 0009 adds them to a site in use."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
import structlog
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction
from django.db.utils import DataError

from posts.models import Comment, Post, Report, User
from tests.factories import CommentFactory, PostFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

MODELS: dict[type[models.Model], Callable[[], Any]] = {
    Post: PostFactory.create,
    Comment: CommentFactory.create,
    User: UserFactory.create,
    Report: lambda: Report.objects.create(
        post=PostFactory.create(), reporter=UserFactory.create(), reason="spam"
    ),
}
# Django's own columns, the program's own (a hash, a skeleton), and a choice: see test_models.py.
OTHERS = {
    *("password", "username", "first_name", "last_name", "email"),
    *("username_skeleton", "session_secret", "reason", "reported_text", "preferences"),
}
LIMITS = [
    (model, field.name, field.max_length)
    for model in MODELS
    for field in model._meta.fields
    if isinstance(field, models.CharField | models.TextField) and field.name not in OTHERS
]
BEFORE = "0008"


def write(model: type[models.Model], pk: int, **values: Any) -> int:
    """Update one row as another program does, past the model."""
    rows: models.QuerySet[Any] = models.QuerySet(model)
    return rows.filter(pk=pk).update(**values)


@pytest.mark.parametrize(("model", "name", "maximum"), LIMITS)
def test_database_refuses_a_longer_text(
    model: type[models.Model], name: str, maximum: int | None
) -> None:
    assert maximum is not None
    row = MODELS[model]()
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        write(model, row.pk, **{name: "😀" * (maximum + 1)})
    assert write(model, row.pk, **{name: "😀" * maximum}) == 1


@pytest.mark.parametrize(("model", "name"), [(Post, "content"), (Comment, "content")])
def test_database_refuses_an_empty_text(model: type[models.Model], name: str) -> None:
    row = MODELS[model]()
    with pytest.raises(IntegrityError), transaction.atomic():
        write(model, row.pk, **{name: ""})


@pytest.mark.parametrize("size", [(4, None), (None, 3), (0, 3), (4, 0)])
def test_database_refuses_half_an_image_size(size: tuple[int | None, int | None]) -> None:
    post = PostFactory.create()
    with pytest.raises(IntegrityError), transaction.atomic():
        write(Post, post.pk, image_width=size[0], image_height=size[1])
    assert write(Post, post.pk, image_width=4, image_height=3) == 1
    assert write(Post, post.pk, image_width=None, image_height=None) == 1


def limits() -> dict[str, bool]:
    """The constraints of the migration that are in the database; whether each is validated."""
    names = [operation.constraint.name for operation in _migration().Migration.operations]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT conname, convalidated FROM pg_constraint")
            found = dict(cursor.fetchall())
        else:
            cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'table'")
            tables = "".join(sql for (sql,) in cursor.fetchall())
            found = {name: True for name in names if f'"{name}"' in tables}
    return {name: found[name] for name in names if name in found}


def _migration() -> Any:
    return import_module("posts.migrations.0009_limits")


def migrate(*target: str) -> list[Any]:
    """Migrate, and return the warnings about rows."""
    with structlog.testing.capture_logs() as logs:
        call_command("migrate", "posts", *target, verbosity=0)
    return [(entry["limit"], entry["ids"]) for entry in logs if "limit" in entry]


@pytest.fixture
def post() -> Any:
    """A post in a database without the limits, which has them again after the test."""
    yield PostFactory.create()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM posts_post")  # a model would look at tables of later migrations
    migrate(BEFORE)
    assert migrate() == []
    assert all(limits().values())


def test_migration_and_its_reverse_keep_the_rows(post: Post) -> None:
    before = list(Post.objects.values())
    assert len(limits()) == 5
    assert migrate(BEFORE) == []
    assert limits() == {}
    assert migrate() == []
    assert len(limits()) == 5
    assert list(Post.objects.values()) == before


def test_migration_keeps_and_names_a_row_that_breaks_a_limit_and_refuses_new_ones(
    post: Post,
) -> None:
    migrate(BEFORE)
    write(Post, post.pk, image_width=4)
    assert migrate() == [("post_image_size", [post.pk])]
    assert Post.objects.values_list("image_width", "image_height").get() == (4, None)
    with pytest.raises(IntegrityError), transaction.atomic():
        PostFactory.create(image_width=4)
    assert limits().pop("post_image_size") is (connection.vendor == "sqlite")
    assert migrate(BEFORE) == []  # back, although the row still breaks it


def test_migration_goes_on_after_an_interruption(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(BEFORE)
    operation = _migration().AddLimit
    warn, calls = operation._warn, 0

    def interrupted(*args: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return warn(*args)

    monkeypatch.setattr(operation, "_warn", interrupted)
    with pytest.raises(KeyboardInterrupt):
        migrate()
    monkeypatch.undo()
    migrate()
    assert [*limits().values()] == [True] * 5


@pytest.mark.postgres
def test_migration_reads_rows_without_a_lock_that_stops_others(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(BEFORE)
    held: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        # In autocommit a statement's locks end with it; in a transaction they would stay.
        with connection.cursor() as cursor:
            cursor.cursor.execute(
                "SELECT mode FROM pg_locks JOIN pg_class ON pg_class.oid = relation"
                " WHERE relname IN ('posts_post', 'posts_user') AND pid = pg_backend_pid()"
                " AND mode IN ('AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock')"
            )
            held.extend(f"{mode}: {sql}" for (mode,) in cursor.cursor.fetchall())
        return result

    statements: list[str] = []

    def collect(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch), connection.execute_wrapper(collect):
        migrate()
    assert held == []
    added = [sql for sql in statements if " ADD CONSTRAINT " in sql and " CHECK " in sql]
    assert len(added) >= 5  # and those of later migrations
    assert all(sql.endswith(" NOT VALID") for sql in added)
