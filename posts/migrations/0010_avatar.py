"""The image of a person is its avatar in Python; the columns keep their names.

State only, no SQL: the release before goes on writing `picture` and `picture_bytes`, and the
triggers of PostgreSQL name these columns.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('posts', '0009_limits'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField('user', 'picture', 'avatar'),
                migrations.AlterField(
                    model_name='user',
                    name='avatar',
                    field=models.FileField(
                        blank=True,
                        db_column='picture',
                        db_default='',
                        default='',
                        upload_to='people',
                    ),
                ),
                migrations.RenameField('user', 'picture_bytes', 'avatar_bytes'),
                migrations.AlterField(
                    model_name='user',
                    name='avatar_bytes',
                    field=models.PositiveIntegerField(
                        db_column='picture_bytes', db_default=0, default=0, editable=False
                    ),
                ),
            ],
        ),
    ]
