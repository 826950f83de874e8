"""Content warnings, and the history of edits."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

from freshcache.django.triggers import NotifyOfWrites
from posts.version_triggers import KeepVersions

AddLimit = import_module("posts.migrations.0009_limits").AddLimit

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
        migrations.AddField(
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
