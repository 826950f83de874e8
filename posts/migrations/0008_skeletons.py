"""What the names of accounts look like.

Apart from the column, and in many short transactions: with the column, the table would be locked
for all other programs until the last name is done. Interrupted, it goes on where it stopped.
"""

from django.db import migrations, transaction

from posts.confusables import skeleton


BATCH = 200  # one statement has a branch for each of them, and tries these in turn


def fill(apps, schema_editor):
    alias = schema_editor.connection.alias
    users = apps.get_model("posts", "User")._base_manager.using(alias)
    last = 0
    while last is not None:
        with transaction.atomic(using=alias):
            # Locked, so that none is given another name meanwhile.
            rows = users.select_for_update(no_key=True).filter(pk__gt=last, username_skeleton="")
            batch = list(rows.only("pk", "username").order_by("pk")[:BATCH])
            for user in batch:
                user.username_skeleton = skeleton(user.username)
            users.bulk_update(batch, ["username_skeleton"])
        last = batch[-1].pk if batch else None


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('posts', '0007_powers'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
