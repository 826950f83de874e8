"""PostgreSQL notifies of writes by other programs, and not of writes by this one."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.db import connection
from django.db.migrations.state import ProjectState

from freshcache import FreshCache
from freshcache.django.listener import State, listen
from freshcache.django.triggers import NotifyOfWrites

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

CHANNEL = "articles_changed"
STATE = ProjectState()


@pytest.fixture
def table() -> Iterator[str]:
    operation = NotifyOfWrites("articles", channel=CHANNEL, application_name="feedsite")
    with connection.schema_editor() as editor:
        editor.execute("CREATE TABLE articles (text text)")
        operation.database_forwards("articles", editor, STATE, STATE)
    yield "articles"
    with connection.schema_editor() as editor:
        operation.database_backwards("articles", editor, STATE, STATE)
        editor.execute("DROP TABLE articles")


@pytest.fixture
def outside() -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """A session of another program."""
    parameters = connection.get_connection_params() | {"application_name": "psql"}
    with psycopg.connect(**parameters, autocommit=True) as outside:
        yield outside


@pytest.mark.usefixtures("table")
def test_commit_of_another_program_invalidates_the_cache(
    outside: "psycopg.Connection[tuple[object, ...]]", wait_until: Callable[..., None]
) -> None:
    cache = FreshCache("articles", store=None)
    listener = listen(cache, channel=CHANNEL)
    try:
        # Once it listens it invalidates, because it may have missed something before.
        wait_until(lambda: cache.metrics.counts()["invalidations"] == 1)
        before = 1
        for statement in ("INSERT INTO articles VALUES ('new')", "TRUNCATE articles"):
            outside.execute(statement)
            before += 1
            wait_until(lambda: cache.metrics.counts()["invalidations"] == before)  # noqa: B023 -- waited for in this turn
    finally:
        listener.stop()
        wait_until(lambda: listener.state is State.DOWN)


@pytest.mark.usefixtures("table")
def test_writes_of_this_program_send_no_notification(
    outside: "psycopg.Connection[tuple[object, ...]]",
) -> None:
    outside.execute(f"LISTEN {CHANNEL}")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO articles VALUES ('own')")
    outside.execute("INSERT INTO articles VALUES ('other')")
    assert [note.payload for note in outside.notifies(timeout=0.5)] == ["content"]


def test_operation_is_written_into_a_migration_with_its_arguments() -> None:
    operation = NotifyOfWrites(
        "articles", channel=CHANNEL, application_name="feedsite", change="counts"
    )
    name, arguments, options = operation.deconstruct()
    assert name == "NotifyOfWrites"
    assert vars(NotifyOfWrites(*arguments, **options)) == vars(operation)
    assert operation.migration_name_fragment == "notify_of_articles"
    assert "articles_changed" in operation.describe()
