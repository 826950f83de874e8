"""The record of a session: when it is made, updated and deleted."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from posts import sessions
from posts.last_use import PRECISION, RecentlySeen
from posts.models import SessionRecord, User
from tests.factories import PostFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

PROFILE = "/accounts/profile/"
PASSWORD = "correct horse battery"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
SAFARI = "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Version/26.0 Safari/604.1"


@pytest.fixture
def ada() -> User:
    user: User = UserFactory.create(username="ada")
    return user


@pytest.fixture(autouse=True)
def _nothing_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "recently_seen", RecentlySeen())


def sign_in(user: User, user_agent: str = FIREFOX) -> Client:
    """Sign in by the page."""
    client = Client(headers={"User-Agent": user_agent})
    given = {"login": user.username, "password": PASSWORD}
    assert client.post("/accounts/login/", given).status_code == 302
    return client


def before(record: SessionRecord, by: timedelta) -> datetime:
    """Set the last use to `by` ago, and forget that a process has seen it. Return that moment."""
    moment = timezone.now() - by
    SessionRecord.objects.filter(pk=record.pk).update(used_at=moment, created_at=moment)
    sessions.recently_seen = RecentlySeen()
    return moment


def test_sign_in_makes_a_record_with_the_browser_name(ada: User) -> None:
    client = sign_in(ada)
    record = sessions.of(ada).get()
    assert record.name == str(record) == "Firefox on Linux"
    assert record.session_id == client.session.session_key
    assert record.created_at <= record.used_at <= timezone.now()


def test_session_without_a_record_gets_one_on_use(ada: User) -> None:
    client = sign_in(ada)
    SessionRecord.objects.all().delete()
    store = client.session
    del store[sessions.BEGAN_KEY]
    store.save()
    sessions.recently_seen = RecentlySeen()
    client.get(PROFILE)
    assert sessions.of(ada).get().name == "Firefox on Linux"


@pytest.mark.parametrize(
    ("ago", "moves"), [(PRECISION, True), (PRECISION - timedelta(minutes=1), False)]
)
def test_last_use_is_written_once_in_ten_minutes(ago: timedelta, moves: bool, ada: User) -> None:
    client = sign_in(ada)
    record = sessions.of(ada).get()
    moment = before(record, ago)
    client.get(PROFILE)
    record.refresh_from_db()
    assert (record.used_at > moment) == moves
    assert record.created_at == moment


def test_recently_used_session_costs_no_query(ada: User) -> None:
    client = sign_in(ada)
    client.get(PROFILE)
    with CaptureQueriesContext(connection) as queries:
        client.get(PROFILE)
    assert "sessionrecord" not in str(queries.captured_queries)


def test_cached_page_for_a_signed_in_user_costs_no_query(
    ada: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    PostFactory.create()
    client = sign_in(ada)
    for _ in range(2):
        client.get("/")
    before(sessions.of(ada).get(), PRECISION)
    with django_assert_num_queries(0):
        assert b'data-viewer="ada"' in client.get("/").content


def test_another_browser_with_the_same_cookie_renames_the_record(ada: User) -> None:
    """The owner sees it when another person uses a copy of the cookie."""
    client = sign_in(ada)
    before(sessions.of(ada).get(), timedelta())
    client.get(PROFILE, headers={"User-Agent": SAFARI})
    assert sessions.of(ada).get().name == "Safari on iPhone"
    before(sessions.of(ada).get(), timedelta())
    client.get(PROFILE, headers={"User-Agent": ""})
    assert sessions.of(ada).get().name == "Safari on iPhone"


def test_start_of_a_session_survives_a_new_password(ada: User) -> None:
    client = sign_in(ada)
    began = sessions.of(ada).get().created_at
    new = "another fine one"
    given = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    client.post("/accounts/password/change/", given)
    client.get(PROFILE)
    record = sessions.of(ada).get()
    assert record.session_id == client.session.session_key
    assert abs(record.created_at - began) < timedelta(seconds=1)


@pytest.mark.parametrize("end", ["/accounts/logout/", "expired", "flushed"])
def test_record_is_deleted_with_its_session(end: str, ada: User) -> None:
    client = sign_in(ada)
    if end == "expired":
        Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    elif end == "flushed":
        client.session.flush()
    else:
        client.post(end)
    assert not sessions.of(ada).exists()


def test_signed_out_visitor_gets_no_record(ada: User) -> None:
    client = Client()
    for path in ("/", "/accounts/login/", PROFILE):
        client.get(path)
    client.post("/accounts/login/", {"login": "ada", "password": "wrong"})
    assert not SessionRecord.objects.exists()


def test_page_is_answered_if_the_record_can_not_be_written(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(ada)
    before(sessions.of(ada).get(), PRECISION)

    def fail(*args: Any) -> None:
        raise OperationalError("read-only")

    monkeypatch.setattr(sessions, "_record", fail)
    assert client.get(PROFILE).status_code == 200


def test_one_session_or_all_others_are_ended(ada: User) -> None:
    here, one, two = (sign_in(ada) for _ in range(3))
    key = str(here.session.session_key)
    pk = ada.session_records.get(session_id=one.session.session_key).pk
    assert sessions.end(ada, pk, except_key=key)
    assert not sessions.end(ada, pk, except_key=key)
    current = ada.session_records.get(session_id=key).pk
    assert not sessions.end(ada, current, except_key=key)
    assert [client.get(PROFILE).status_code for client in (here, one, two)] == [200, 302, 200]
    here.post("/accounts/sessions/", {"target": "sessions"})
    assert [client.get(PROFILE).status_code for client in (here, one, two)] == [200, 302, 302]
