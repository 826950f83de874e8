"""`manage.py clear_expired`: expired rows and records without a session or token are removed."""

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from posts import tokens
from posts.management.commands import clear_expired
from posts.models import CommentLike, SessionRecord, SubmittedKey, TokenRecord
from tests.factories import CommentLikeFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_expired_rows_and_their_records_are_removed_and_no_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clear_expired, "BATCH_ROWS", 2)  # several batches of each
    monkeypatch.setattr(clear_expired, "PAUSE_SECONDS", 0)
    user = UserFactory.create()
    clients = [Client() for _ in range(9)]
    for client in clients:
        client.force_login(user)
        tokens.issue(user)
    past = timezone.now() - timedelta(seconds=1)
    ended = [client.session.session_key for client in clients[:3]]
    Session.objects.filter(pk__in=ended).update(expire_date=past)
    expired = list(AuthToken.objects.values_list("pk", flat=True)[:3])
    AuthToken.objects.filter(pk__in=expired).update(expiry=past)
    with connection.cursor() as cursor:  # like a program that does not know the records
        cursor.execute(
            "DELETE FROM django_session WHERE session_key = %s", [clients[8].session.session_key]
        )
        last = AuthToken.objects.exclude(pk__in=expired).values_list("pk", flat=True)[0]
        cursor.execute("DELETE FROM knox_authtoken WHERE digest = %s", [last])

    now = timezone.now()
    for number, days in enumerate((0, 6, 8, 9, 10)):
        made = now - timedelta(days=days)
        SubmittedKey.objects.create(user=user, digest=str(number), created_at=made)

    said = StringIO()
    call_command("clear_expired", stdout=said)

    assert said.getvalue().splitlines() == [
        "sessions removed: 3",
        "tokens removed: 3",
        "records of sessions removed: 1",
        "records of tokens removed: 1",
        "one-time keys removed: 3",
        "likes of deleted comments removed: 0",
    ]
    assert SessionRecord.objects.count() == TokenRecord.objects.count() == 5
    assert AuthToken.objects.count() == 5
    assert set(SubmittedKey.objects.values_list("digest", flat=True)) == {"0", "1"}
    assert [client.get("/accounts/profile/").status_code for client in clients] == (
        [302] * 3 + [200] * 5 + [302]
    )


def test_other_programs_can_delete_an_account_with_records() -> None:
    """For example the release before, during a rolling update."""
    user, other = UserFactory.create(), UserFactory.create()
    for one in (user, other):
        Client().force_login(one)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM posts_user WHERE id = %s", [user.pk])
    connection.check_constraints()

    call_command("clear_expired", stdout=StringIO())

    assert SessionRecord.objects.get().user == other


def test_other_programs_can_delete_comments_and_people_with_likes() -> None:
    likes = CommentLikeFactory.create_batch(3)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM posts_comment WHERE id = %s", [likes[0].comment_id])
        cursor.execute("DELETE FROM posts_user WHERE id = %s", [likes[1].user_id])
    connection.check_constraints()

    call_command("clear_expired", stdout=StringIO())

    assert CommentLike.objects.get() == likes[2]
