"""What new accounts are called, and that the look of each name is kept beside it."""

from collections.abc import Callable
from importlib import import_module

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection

from posts import usernames
from posts.confusables import skeleton
from posts.models import Post, User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("username", ["ab", "x" * 30, "a-b", "_ada_", "a.b.c", "ada2", "4you"])
def test_ordinary_names_are_free(username: str) -> None:
    usernames.check_new(username)


@pytest.mark.parametrize("username", ["adam", "admiral", "modesty", "ann", "ian", "stefan"])
def test_names_that_only_begin_like_a_reserved_one_are_free(username: str) -> None:
    usernames.check_new(username)


def test_every_reserved_name_is_refused() -> None:
    for name in usernames.RESERVED:
        assert usernames.is_reserved(name)
        with pytest.raises(ValidationError, match="reserved"):
            usernames.check_free(name)


def test_a_name_may_look_like_that_of_the_account_itself() -> None:
    ada = UserFactory.create(username="ada")
    usernames.check_free("\u0430da", but=ada.pk)
    with pytest.raises(ValidationError, match="looks like"):
        usernames.check_free("\u0430da")


def test_the_look_of_a_name_follows_it_by_every_way_of_writing() -> None:
    made = User.objects.create_user("Ada")
    assert made.username_skeleton == skeleton("ada")
    made.username = "b0b"
    made.save(update_fields=["username"])
    many = User.objects.bulk_create([User(username="carl"), User(username="dora")])
    User.objects.filter(pk=many[0].pk).update(username="\u0435ve")
    many[1].username = "fay"
    User.objects.bulk_update([many[1]], ["username"])
    for user in User.objects.all():
        assert user.username_skeleton == skeleton(user.username)
    assert User.objects.filter(username_skeleton=skeleton("bob")).exists()


def test_a_row_of_another_program_looks_like_nobody() -> None:
    UserFactory.create(username="alice")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE posts_user SET username_skeleton = ''")
    usernames.check_free("bob")


@pytest.mark.django_db(transaction=True)
def test_the_migration_fills_the_looks_of_accounts_from_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    migration = import_module("posts.migrations.0008_skeletons")
    monkeypatch.setattr(migration, "BATCH", 2)
    names = ["alice", "..", "\u0430lice", "ADMIN", "", "x" * 150]
    User.objects.bulk_create(User(username=name) for name in names)
    Post.objects.create(author=User.objects.latest("pk"), content="A row that refers to one.")
    call_command("migrate", "posts", "0004", verbosity=0)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM posts_user")
            assert "username_skeleton" not in {column[0] for column in cursor.description}
        monkeypatch.setattr(migration, "skeleton", _interrupted_at("ADMIN"))
        with pytest.raises(KeyboardInterrupt):
            call_command("migrate", "posts", verbosity=0)
        assert _looks() == {name: skeleton(name) for name in names[:2]} | dict.fromkeys(
            names[2:], ""
        )
    finally:
        monkeypatch.setattr(migration, "skeleton", skeleton)
        call_command("migrate", "posts", verbosity=0)
    assert _looks() == {name: skeleton(name) for name in names}


def _looks() -> dict[str, str]:
    return dict(User.objects.values_list("username", "username_skeleton"))


def _interrupted_at(name: str) -> Callable[[str], str]:
    """`skeleton` for a migration that keeps nobody waiting, and does not get beyond `name`."""

    def checked(username: str) -> str:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock'"
                    " AND pid = pg_backend_pid()"
                )
                assert cursor.fetchone() is None
        if username == name:
            raise KeyboardInterrupt
        return skeleton(username)

    return checked


def test_operators_may_still_make_the_account_of_the_site_itself() -> None:
    call_command("createsuperuser", "--noinput", username="admin", email="a@example.org")
    assert User.objects.get().is_superuser
