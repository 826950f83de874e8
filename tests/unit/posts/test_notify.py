"""PostgreSQL's triggers: which raw statements notify, and with which payload."""

from typing import Any

import psycopg
import pytest
from django.db import connection

from posts.models import CommentLike, Mute, User
from tests.factories import CommentFactory, UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

AUTHOR_COLUMNS = {
    "username": "'changed'",
    "display_name": "'Changed'",
    "first_name": "'Changed'",
    "last_name": "'Changed'",
    "is_active": "false",
    "bio": "'Changed'",
    "picture": "'people/changed.webp'",
}


def notified(statement: str) -> list[str]:
    """Run a statement like another program; return the payloads of its notifications."""
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
    raise AssertionError("the last notification never came")


@pytest.mark.parametrize("column", AUTHOR_COLUMNS)
def test_raw_update_of_a_shown_author_column_notifies_posts(column: str) -> None:
    UserFactory.create()
    assert notified(f"UPDATE posts_user SET {column} = {AUTHOR_COLUMNS[column]}") == ["posts"]


@pytest.mark.parametrize("values", ["last_login = now()", "email = 'a@example.org'"])
def test_raw_update_of_another_author_column_notifies_nothing(values: str) -> None:
    UserFactory.create()
    assert notified(f"UPDATE posts_user SET {values}") == []


def test_raw_deletion_of_an_account_notifies_posts() -> None:
    """Texts of other people may link to it, though it wrote nothing."""
    UserFactory.create()
    assert notified("DELETE FROM posts_user") == ["posts"]


def test_raw_writes_of_mutes_notify_counts() -> None:
    ada, bob = UserFactory.create_batch(2)
    values = f"({ada.pk}, {bob.pk}, now())"
    insert = f"INSERT INTO posts_mute (user_id, muted_id, created_at) VALUES {values}"
    assert notified(insert) == ["counts"]
    assert Mute.objects.get().muted == bob
    assert notified("DELETE FROM posts_mute") == ["counts"]


def test_raw_writes_of_likes_of_comments_notify_counts() -> None:
    comment = CommentFactory.create()
    values = f"({comment.pk}, {comment.author_id})"
    insert = f"INSERT INTO posts_commentlike (comment_id, user_id) VALUES {values}"
    assert notified(insert) == ["counts"]
    assert CommentLike.objects.get().comment == comment
    assert notified("DELETE FROM posts_commentlike") == ["counts"]


def test_other_programs_need_not_know_of_the_newest_columns() -> None:
    ada = UserFactory.create()
    notified(
        "INSERT INTO posts_post (author_id, content, image_url, created_at, updated_at)"
        f" VALUES ({ada.pk}, 'By hand', '', now(), now())"
    )
    (post,) = User.objects.get().posts.all()
    assert (post.image.name, post.image_alt, post.shown_image_url) == ("", "", "")
