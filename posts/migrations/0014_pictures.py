"""Up to four images a post, and posts of images alone, on a site in use.

The release before this one keeps running: it shows and edits the first image, whose columns stay,
and inserts rows without the new column. Run again after an interruption, the migration goes on.
"""

from importlib import import_module

from django.db import migrations, models

AddLimit = import_module("posts.migrations.0009_limits").AddLimit
AddColumn = import_module("posts.migrations.0013_warnings").AddColumn


class RemoveLimit(migrations.RemoveConstraint):
    """Remove a check constraint. PostgreSQL checks no rows, nor does SQLite copying the table."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "postgresql":
            with import_module("posts.migrations.0009_limits")._unchecked(schema_editor.connection):
                super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        quoted = schema_editor.quote_name(table), schema_editor.quote_name(self.name)
        schema_editor.execute("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {}".format(*quoted))

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        # Posts of images alone break the limit of the release before. They stay as they are.
        state = to_state.models[app_label, self.model_name_lower]
        former = AddLimit(self.model_name, state.get_constraint_by_name(self.name))
        former.database_forwards(app_label, schema_editor, from_state, to_state)


HAS_IMAGE = (
    models.Q(("image", ""), _negated=True)
    | models.Q(("image_url", ""), _negated=True)
    | models.Q(("more_images", []), _negated=True)
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("posts", "0013_warnings")]
    operations = [
        AddColumn(
            model_name="post",
            name="more_images",
            field=models.JSONField(
                blank=True,
                db_default=models.Value([], models.JSONField()),
                default=list,
                editable=False,
            ),
        ),
        RemoveLimit(model_name="post", name="post_content_length"),
        AddLimit(
            "post",
            models.CheckConstraint(
                name="post_content_length",
                condition=models.Q(("content__length__lte", 5000))
                & (models.Q(("content__length__gte", 1)) | HAS_IMAGE),
            ),
        ),
        AddLimit(
            "post",
            models.CheckConstraint(
                name="post_more_images",
                condition=models.Q(("more_images", []))
                | models.Q(("more_images__3__isnull", True))
                & models.Q(("more_images__0__name__isnull", False))
                & (
                    models.Q(("more_images__1__name__isnull", False))
                    | models.Q(("more_images__1__isnull", True))
                )
                & (
                    models.Q(("more_images__2__name__isnull", False))
                    | models.Q(("more_images__2__isnull", True))
                ),
            ),
        ),
    ]
