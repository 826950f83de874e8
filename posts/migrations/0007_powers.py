"""The audit log, and the room for what the names of accounts look like."""

import django.db.models.functions.datetime
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('posts', '0006_image_bytes'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='username_skeleton',
            field=models.CharField(blank=True, db_default='', db_index=True, default='', editable=False, max_length=300),
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), db_index=True, default=django.utils.timezone.now)),
                ('actor_id', models.BigIntegerField(db_index=True, null=True)),
                ('actor', models.CharField(blank=True, db_default='', default='', max_length=200)),
                ('action', models.CharField(max_length=200)),
                ('object_type', models.CharField(blank=True, db_default='', default='', max_length=200)),
                ('object_id', models.CharField(blank=True, db_default='', default='', max_length=200)),
                ('object_name', models.CharField(blank=True, db_default='', default='', max_length=200)),
                ('detail', models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict)),
            ],
            options={
                'verbose_name_plural': 'audit entries',
                'default_permissions': ('view',),
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['object_type', 'object_id'], name='audit_entry_by_object')],
            },
        ),
    ]
