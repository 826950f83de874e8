"""`manage.py clear_expired`: what has ended goes, and what has not stays."""

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
from posts.models import SessionRecord, TokenRecord
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_what_has_ended_goes_with_its_records_and_the_rest_stays(
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
    gone = list(AuthToken.objects.values_list("pk", flat=True)[:3])
    AuthToken.objects.filter(pk__in=gone).update(expiry=past)
    with connection.cursor() as cursor:  # as another program, which knows of no records
        cursor.execute(
            "DELETE FROM django_session WHERE session_key = %s", [clients[8].session.session_key]
        )
        last = AuthToken.objects.exclude(pk__in=gone).values_list("pk", flat=True)[0]
        cursor.execute("DELETE FROM knox_authtoken WHERE digest = %s", [last])

    said = StringIO()
    call_command("clear_expired", stdout=said)

    assert said.getvalue().splitlines() == [
        "sessions removed: 3",
        "tokens removed: 3",
        "records of sessions removed: 1",
        "records of tokens removed: 1",
    ]
    assert SessionRecord.objects.count() == TokenRecord.objects.count() == 5
    assert AuthToken.objects.count() == 5
    assert [client.get("/accounts/profile/").status_code for client in clients] == (
        [302] * 3 + [200] * 5 + [302]
    )


def test_a_program_that_knows_of_no_records_may_delete_an_account() -> None:
    """The release before, say, which runs beside this one while that is rolled out."""
    user, other = UserFactory.create(), UserFactory.create()
    for one in (user, other):
        Client().force_login(one)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM posts_user WHERE id = %s", [user.pk])
    connection.check_constraints()

    call_command("clear_expired", stdout=StringIO())

    assert SessionRecord.objects.get().user == other
