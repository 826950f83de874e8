"""Triggers by which PostgreSQL tells `freshcache.django.listener` of what other programs write.

A trigger for each statement, not for each row, so that a bulk load fires once; and none for this
program's own sessions, which announce for themselves and need not pay for a NOTIFY (at commit it
takes a lock that all notifying transactions of the database share).
"""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from freshcache.generation import Change

_FUNCTION = """
CREATE OR REPLACE FUNCTION freshcache_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify(TG_ARGV[0], TG_ARGV[1]);
    RETURN NULL;
END
$$
"""
_TRIGGER = """
CREATE TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT
WHEN (current_setting('application_name') <> {own})
EXECUTE FUNCTION freshcache_notify({channel}, {what})
"""


class NotifyOfWrites(Operation):
    """A migration's operation: writes to `table` notify `channel`. Nothing but on PostgreSQL.

    `what` is `counts` where only counts change. `own`: the `application_name` of this program's
    sessions (`DATABASES: OPTIONS`), which announce for themselves.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, table: str, *, channel: str, own: str, what: Change = "content") -> None:
        self.table = table
        self.channel = channel
        self.own = own
        self.what = what

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        options = {"channel": self.channel, "own": self.own, "what": self.what}
        return type(self).__qualname__, [self.table], options

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Models don't know of it."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            return
        quote, value = schema_editor.quote_name, schema_editor.quote_value
        schema_editor.execute(_FUNCTION)
        schema_editor.execute(
            _TRIGGER.format(
                name=quote(self._trigger),
                table=quote(self.table),
                own=value(self.own),
                channel=value(self.channel),
                what=value(self.what),
            )
        )

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            quote = schema_editor.quote_name
            schema_editor.execute(f"DROP TRIGGER {quote(self._trigger)} ON {quote(self.table)}")

    def describe(self) -> str:
        return f"Notify {self.channel} of writes to {self.table}"

    @property
    def migration_name_fragment(self) -> str:
        return f"notify_of_{self.table}"

    @property
    def _trigger(self) -> str:
        return f"freshcache_{self.table}"
