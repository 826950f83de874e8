"""PostgreSQL's triggers: which raw statements are told of, and as what."""

from typing import Any

import psycopg
import pytest
from django.db import connection

from posts.models import Mute, User
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

OF_PEOPLE = {
    "username": "'changed'",
    "display_name": "'Changed'",
    "first_name": "'Changed'",
    "last_name": "'Changed'",
    "is_active": "false",
    "bio": "'Changed'",
    "picture": "'people/changed.webp'",
}


def told(statement: str) -> list[str]:
    """What a session of another program's statement is told as."""
    parameters: dict[str, Any] = connection.get_connection_params()
    with psycopg.connect(**{**parameters, "application_name": "psql"}, autocommit=True) as session:
        session.execute("LISTEN posts_changed")
        session.execute(statement)
        session.execute("SELECT pg_notify('posts_changed', 'end')")
        notes: list[str] = []
        for note in session.notifies(timeout=10):
            if note.payload == "end":
                return notes
            notes.append(note.payload)
    raise AssertionError("the notification that ends it never came")


@pytest.mark.parametrize("column", OF_PEOPLE)
def test_what_posts_show_of_people_is_told(column: str) -> None:
    UserFactory.create()
    assert told(f"UPDATE posts_user SET {column} = {OF_PEOPLE[column]}") == ["posts"]


@pytest.mark.parametrize("values", ["last_login = now()", "email = 'a@example.org'"])
def test_what_they_do_not_show_is_not(values: str) -> None:
    UserFactory.create()
    assert told(f"UPDATE posts_user SET {values}") == []


def test_mutes_are_told_as_counts() -> None:
    ada, bob = UserFactory.create_batch(2)
    values = f"({ada.pk}, {bob.pk}, now())"
    insert = f"INSERT INTO posts_mute (user_id, muted_id, created_at) VALUES {values}"
    assert told(insert) == ["counts"]
    assert Mute.objects.get().muted == bob
    assert told("DELETE FROM posts_mute") == ["counts"]


def test_other_programs_need_not_know_of_the_newest_columns() -> None:
    ada = UserFactory.create()
    told(
        "INSERT INTO posts_post (author_id, content, image_url, created_at, updated_at)"
        f" VALUES ({ada.pk}, 'By hand', '', now(), now())"
    )
    (post,) = User.objects.get().posts.all()
    assert (post.image.name, post.image_alt, post.shown_image_url) == ("", "", "")
