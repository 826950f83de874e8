"""PostgreSQL notifies its listeners of changes that other programs make.

Triggers a statement, not a row, so that a bulk load fires each once; and none for the program's
own sessions, which announce for themselves and need not pay for a NOTIFY (at commit it takes a
lock that all notifying transactions of the database share). On other databases: nothing.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

FUNCTION = """
CREATE FUNCTION posts_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('posts_changed', TG_ARGV[0]);
    RETURN NULL;
END
$$
"""
TRIGGER = """
CREATE TRIGGER {table}_notify AFTER {events} ON {table} FOR EACH STATEMENT
WHEN (current_setting('application_name') <> 'feedsite')
EXECUTE FUNCTION posts_notify('{what}')
"""
ANY = "INSERT OR UPDATE OR DELETE OR TRUNCATE"
# Of a user only what posts show: every sign-in updates another column. Who is deleted takes along
# the rows of the other tables, whose triggers tell.
SHOWN = "UPDATE OF username, display_name, first_name, last_name, is_active"
TRIGGERS = (
    ("posts_post", ANY, "posts"),
    ("posts_user", SHOWN, "posts"),
    ("posts_like", ANY, "counts"),
    ("posts_comment", ANY, "counts"),
)


def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute(FUNCTION)
    for table, events, what in TRIGGERS:
        schema_editor.execute(TRIGGER.format(table=table, events=events, what=what))


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION posts_notify() CASCADE")


class Migration(migrations.Migration):
    dependencies = [("posts", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
