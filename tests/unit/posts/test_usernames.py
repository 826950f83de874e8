"""Rules for new usernames, and the stored skeleton of each username."""

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
def test_ordinary_names_are_allowed(username: str) -> None:
    usernames.check_new(username, User.objects.all())


@pytest.mark.parametrize("username", ["adam", "admiral", "modesty", "ann", "ian", "stefan"])
def test_names_that_start_with_a_reserved_name_are_allowed(username: str) -> None:
    usernames.check_new(username, User.objects.all())


def test_each_reserved_name_is_refused() -> None:
    for name in usernames.RESERVED:
        assert usernames.is_reserved(name)
        with pytest.raises(ValidationError, match="reserved"):
            usernames.check_free(name, User.objects.all())


def test_name_may_look_like_the_accounts_current_name() -> None:
    ada = UserFactory.create(username="ada")
    usernames.check_free("\u0430da", User.objects.exclude(pk=ada.pk))
    with pytest.raises(ValidationError, match="looks like"):
        usernames.check_free("\u0430da", User.objects.all())


def test_each_write_of_a_username_updates_its_skeleton() -> None:
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


def test_row_of_another_program_has_no_skeleton() -> None:
    UserFactory.create(username="alice")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE posts_user SET username_skeleton = ''")
    usernames.check_free("bob", User.objects.all())


@pytest.mark.django_db(transaction=True)
def test_migration_fills_the_skeletons_of_existing_accounts(
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
    """Return a `skeleton` that fails at `name`, and checks that no row is locked for long."""

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


def test_createsuperuser_may_use_a_reserved_name() -> None:
    call_command("createsuperuser", "--noinput", username="admin", email="a@example.org")
    assert User.objects.get().is_superuser
