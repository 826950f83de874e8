"""Content warnings, and the history of edits."""

from contextlib import nullcontext
from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

from freshcache.django.triggers import NotifyOfWrites
from posts.version_triggers import KeepVersions

_limits = import_module("posts.migrations.0009_limits")
AddLimit = _limits.AddLimit


def _unchecked(connection):
    # PostgreSQL copies nothing, and a transaction would hold its lock for longer.
    is_copied = connection.vendor == "sqlite"
    return _limits._unchecked(connection) if is_copied else nullcontext()


class AddColumn(migrations.AddField):
    """Add a column, unless an interrupted migration has.

    SQLite copies the table for it. It does not check the rows: some may break a limit, and stay.
    """

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        connection = schema_editor.connection
        with connection.cursor() as cursor:
            columns = connection.introspection.get_table_description(cursor, table)
        if self.name not in {column.name for column in columns}:
            with _unchecked(connection):
                super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        with _unchecked(schema_editor.connection):
            super().database_backwards(app_label, schema_editor, from_state, to_state)


# The release before deletes posts and does not know this table.
CASCADE = """
ALTER TABLE posts_postversion ADD CONSTRAINT posts_postversion_post
FOREIGN KEY (post_id) REFERENCES posts_post (id) ON DELETE CASCADE
"""


def cascade(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(CASCADE)


class Migration(migrations.Migration):

    atomic = False  # so that the limit is validated while others write

    dependencies = [
        ('posts', '0012_search'),
    ]

    operations = [
        AddColumn(
            model_name='post',
            name='content_warning',
            field=models.CharField(blank=True, db_default='', default='', max_length=120),
        ),
        AddLimit(
            'post',
            models.CheckConstraint(
                condition=models.Q(('content_warning__length__lte', 120)),
                name='post_content_warning_length',
            ),
        ),
        migrations.CreateModel(
            name='PostVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content', models.TextField(blank=True, db_default='', default='')),
                ('content_warning', models.CharField(blank=True, db_default='', default='', max_length=120)),
                ('image_alt', models.CharField(blank=True, db_default='', default='', max_length=1000)),
                ('written_at', models.DateTimeField()),
                ('replaced_at', models.DateTimeField()),
                ('post', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='versions', to='posts.post')),
            ],
            options={
                'default_permissions': ('view', 'delete'),
                'base_manager_name': 'objects',
            },
        ),
        migrations.RunPython(cascade, migrations.RunPython.noop),
        NotifyOfWrites('posts_postversion', channel='posts_changed', application_name='feedsite'),
        KeepVersions(['content', 'content_warning', 'image_alt']),
    ]
