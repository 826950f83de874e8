"""The avatar of an account, in the columns that earlier releases write."""

import pytest
from django.core.management import call_command
from django.db import connection

from posts.models import User
from tests.factories import UserFactory


@pytest.mark.django_db
def test_avatar_written_by_an_earlier_release_is_shown() -> None:
    user = UserFactory.create()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE posts_user SET picture = %s, picture_bytes = %s WHERE id = %s",
            ["people/1.webp", 123, user.pk],
        )
    found = User.objects.get(pk=user.pk)
    assert (found.avatar_url, found.avatar_bytes) == ("/media/people/1.webp", 123)


# Without a transaction: SQLite's schema editor refuses one.
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("backwards", [False, True])
def test_migration_to_avatar_changes_no_table(
    backwards: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("sqlmigrate", "posts", "0010_avatar", backwards=backwards)
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line and not line.startswith("--")] in (
        ["BEGIN;", "COMMIT;"],
        [],
    )
