"""Indexes for the views of an author's page: comments, and posts with an image.

PostgreSQL makes them while others write.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState


class AddIndex(AddIndexConcurrently):
    """Add an index, on PostgreSQL without a lock that stops writes."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            migrations.AddIndex.database_forwards(
                self, app_label, schema_editor, from_state, to_state
            )
            return
        # What an interrupted migration left would be invalid.
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {self.index.name}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
        else:
            migrations.AddIndex.database_backwards(
                self, app_label, schema_editor, from_state, to_state
            )


class Migration(migrations.Migration):
    atomic = False  # for CONCURRENTLY
    dependencies = [("posts", "0016_mentions")]
    operations = [
        AddIndex(
            "comment",
            models.Index(
                fields=["author", "-created_at", "-id"], name="comment_author_newest_first"
            ),
        ),
        AddIndex(
            "post",
            models.Index(
                fields=["author", "-created_at", "-id"],
                name="post_author_with_image",
                condition=~models.Q(image=""),
            ),
        ),
    ]
