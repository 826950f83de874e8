"""Likes of comments, when a comment was edited, and what a report was about.

The release before this one runs on all three: rows that it writes were never edited, and it deletes
comments and users whose likes it does not know, so the new table has no foreign key constraints.
"""

from importlib import import_module

import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from freshcache.django.triggers import NotifyOfWrites

AddColumn = import_module("posts.migrations.0013_warnings").AddColumn


class Migration(migrations.Migration):

    dependencies = [
        ('posts', '0014_pictures'),
    ]

    operations = [
        migrations.AddField(
            model_name='comment',
            name='edited_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.CreateModel(
            name='CommentLike',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False)),
                ('comment', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='likes', to='posts.comment')),
                ('user', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='comment_likes', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('comment', 'user'), name='like_once_per_comment_and_user')],
            },
        ),
        AddColumn(
            model_name='report',
            name='reported_text',
            field=models.TextField(blank=True, db_default='', default='', editable=False),
        ),
        NotifyOfWrites(
            "posts_commentlike", channel="posts_changed", application_name="feedsite", change="counts"
        ),
    ]
