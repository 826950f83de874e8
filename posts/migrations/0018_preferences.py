from importlib import import_module

from django.db import migrations, models

AddColumn = import_module("posts.migrations.0013_warnings").AddColumn


class Migration(migrations.Migration):

    atomic = False  # a lock ends with its statement

    dependencies = [
        ('posts', '0017_places'),
    ]

    operations = [
        AddColumn(
            model_name='user',
            name='preferences',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=200),
        ),
    ]
