"""People by the beginning of their username in lower case: for mentions, and for names with @.

PostgreSQL only; on other databases these queries read all users. The index is made while others
write. A deleted account loses the links to it, so the trigger on users fires for deletions too:
those of accounts that wrote nothing change no other table.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

INDEX = "posts_user_lower_username"
SHOWN = "UPDATE OF username, display_name, first_name, last_name, is_active, bio, picture"
TRIGGER = """
CREATE OR REPLACE TRIGGER posts_user_notify AFTER {events} ON posts_user FOR EACH STATEMENT
WHEN (current_setting('application_name') <> 'feedsite')
EXECUTE FUNCTION posts_notify('posts')
"""


def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    # What an interrupted migration left would be invalid.
    schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")
    schema_editor.execute(
        f"CREATE INDEX CONCURRENTLY {INDEX} ON posts_user (lower(username) text_pattern_ops)"
    )
    schema_editor.execute(TRIGGER.format(events=f"DELETE OR {SHOWN}"))


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute(TRIGGER.format(events=SHOWN))
    schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")


class Migration(migrations.Migration):
    atomic = False  # for CONCURRENTLY
    dependencies = [("posts", "0015_comments")]
    operations = [migrations.RunPython(create, drop, atomic=False)]
