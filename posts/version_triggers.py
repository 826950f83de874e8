"""Triggers of the database that keep what stood in a post before an edit: see `PostVersion`.

A trigger runs in the transaction of the write, whichever way that takes: saves, querysets, raw SQL,
the release before. It also deletes what is beyond the limits: the oldest versions of the post, but
never the first.

PostgreSQL has it by the migrations that use `KeepVersions`. On SQLite a migration that alters a
table copies it, which drops its triggers, and fails if a trigger uses the table; so they are
dropped before migrations and made after them.
"""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models.signals import post_migrate, pre_migrate

from posts.models import POST_TEXTS

# For each post, beside the one that it has now.
MAX_VERSIONS = 100
# So that one page can show all of them.
MAX_CHARACTERS = 100_000
TABLE = "posts_postversion"

# `old` and `new` are the row of the post before and after the edit.
_INSERT = """
INSERT INTO {table} (post_id, {texts}, written_at, replaced_at) VALUES (
    old.id, {old_texts},
    coalesce(
        (SELECT replaced_at FROM {table} WHERE post_id = old.id ORDER BY id DESC LIMIT 1),
        old.updated_at
    ),
    CASE WHEN new.updated_at > old.updated_at THEN new.updated_at ELSE {now} END
);
"""
_PRUNE = """
DELETE FROM {table} WHERE id IN (
    SELECT id FROM (
        SELECT id, min(id) OVER () AS first, row_number() OVER newest AS place,
               sum({lengths}) OVER newest AS characters
        FROM {table} WHERE post_id = old.id WINDOW newest AS (ORDER BY id DESC)
    ) AS kept
    WHERE id <> first AND (place >= {max_versions} OR characters > {max_characters})
);
"""
# SECURITY DEFINER: a program that may edit posts needs no right to the table of versions.
_POSTGRESQL = """
CREATE OR REPLACE FUNCTION posts_keep_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN {insert} {prune} RETURN NULL; END
$$;
CREATE OR REPLACE TRIGGER posts_post_keep_version AFTER UPDATE OF {texts} ON posts_post
FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION posts_keep_version();
"""
_SQLITE = (
    """
CREATE TRIGGER posts_post_keep_version AFTER UPDATE OF {texts} ON posts_post
FOR EACH ROW WHEN {changed} BEGIN {insert} {prune} END
""",
    """
CREATE TRIGGER posts_post_drop_versions AFTER DELETE ON posts_post
FOR EACH ROW BEGIN DELETE FROM {table} WHERE post_id = old.id; END
""",
)


def _filled(template: str, texts: Sequence[str], *, table: str, now: str, differs: str) -> str:
    """Return SQL that keeps these columns."""
    parts = {
        "table": table,
        "now": now,
        "texts": ", ".join(texts),
        "old_texts": ", ".join(f"old.{name}" for name in texts),
        "lengths": " + ".join(f"length({name})" for name in texts),
        "max_versions": MAX_VERSIONS,
        "max_characters": MAX_CHARACTERS,
    }
    changed = " OR ".join(f"old.{name} {differs} new.{name}" for name in texts)
    insert, prune = _INSERT.format(**parts), _PRUNE.format(**parts)
    return template.format(insert=insert, prune=prune, changed=changed, **parts)


class KeepVersions(Operation):
    """A migration operation: edits of these columns of a post keep a version. Only PostgreSQL.

    `before`: the columns until now, none if there was no trigger.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, texts: Sequence[str], *, before: Sequence[str] = ()) -> None:
        self.texts = texts
        self.before = before

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing: models have no triggers."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        _set_on_postgresql(schema_editor, self.texts)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        _set_on_postgresql(schema_editor, self.before)

    def describe(self) -> str:
        return f"Keep versions of posts in {TABLE}"


def _set_on_postgresql(schema_editor: BaseDatabaseSchemaEditor, texts: Sequence[str]) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    if not texts:
        schema_editor.execute("DROP TRIGGER IF EXISTS posts_post_keep_version ON posts_post")
        schema_editor.execute("DROP FUNCTION IF EXISTS posts_keep_version()")
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        (schema,) = cursor.fetchone()
    table, now = f"{schema}.{TABLE}", "clock_timestamp()"
    schema_editor.execute(
        _filled(_POSTGRESQL, texts, table=table, now=now, differs="IS DISTINCT FROM")
    )


def _drop_on_sqlite(*, using: str, plan: Sequence[Any], **kwargs: Any) -> None:
    """Drop the triggers if migrations follow."""
    if connections[using].vendor == "sqlite" and plan:
        with connections[using].cursor() as cursor:
            for name in ("keep_version", "drop_versions"):
                cursor.execute(f"DROP TRIGGER IF EXISTS posts_post_{name}")


def _make_on_sqlite(*, using: str, **kwargs: Any) -> None:
    """Make the triggers, unless they are there, or a migration has stopped before their table."""
    connection = connections[using]
    if connection.vendor != "sqlite":
        return
    now = "strftime('%Y-%m-%d %H:%M:%f000', 'now')"
    with connection.cursor() as cursor:
        columns = {name for _, name, *_ in cursor.execute(f"PRAGMA table_info({TABLE})")}
        texts = [name for name in POST_TEXTS if name in columns]
        cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'posts_post_keep_version'")
        if not texts or cursor.fetchone():
            return
        for template in _SQLITE:
            cursor.execute(_filled(template, texts, table=TABLE, now=now, differs="IS NOT"))


def connect(app: AppConfig) -> None:
    """Connect the signals of migrations."""
    pre_migrate.connect(_drop_on_sqlite, sender=app, dispatch_uid="posts.drop_triggers")
    post_migrate.connect(_make_on_sqlite, sender=app, dispatch_uid="posts.make_triggers")
