from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False  # a lock ends with its statement

    dependencies = [
        ('posts', '0017_places'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='preferences',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=200),
        ),
    ]
