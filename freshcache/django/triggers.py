"""PostgreSQL triggers that notify `freshcache.django.listener` of writes by other programs.

They fire for each statement, not for each row, so that a bulk load notifies once. They do not fire
in the sessions of this program. It announces its writes without them, and should not pay for a
NOTIFY: at commit that takes a lock shared by all notifying transactions of the database.
"""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from freshcache.transactions import Change

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
WHEN (current_setting('application_name') <> {application_name})
EXECUTE FUNCTION freshcache_notify({channel}, {change})
"""


class NotifyOfWrites(Operation):
    """A migration operation: writes to `table` notify `channel`. Only PostgreSQL; else no effect.

    `application_name`: that of the sessions of this program (`DATABASES: OPTIONS`), which do not
    notify. `change`: "counts" for a table that only changes counts.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(
        self, table: str, *, channel: str, application_name: str, change: Change = "content"
    ) -> None:
        self.table = table
        self.channel = channel
        self.application_name = application_name
        self.change = change

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        options = {
            "channel": self.channel,
            "application_name": self.application_name,
            "change": self.change,
        }
        return type(self).__qualname__, [self.table], options

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing: models have no triggers."""

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
                application_name=value(self.application_name),
                channel=value(self.channel),
                change=value(self.change),
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
