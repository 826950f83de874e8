"""Each write of a request is in a transaction, so an unanswered one is never applied later."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.test import Client
from pytest_django import Settings

from feedsite.commits import READ_METHODS, WRITES
from tests.factories import UserFactory
from tests.unit.feed.writes import HARMLESS, TO_AUTHORS, TO_COUNTS, TO_POSTS, World
from tests.unit.feed.writes.world import Write

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

PASSWORD = "correct horse battery"


class Recorder:
    """The writes of requests that change something, and those outside a transaction."""

    def __init__(self) -> None:
        self.in_request = False
        self.writes: list[str] = []
        self.bare: list[str] = []

    def started(self, *, environ: dict[str, Any], **_: Any) -> None:
        self.in_request = environ["REQUEST_METHOD"] not in READ_METHODS

    def finished(self, **_: Any) -> None:
        self.in_request = False

    def record(self, sql: str) -> None:
        if self.in_request and sql[:6] in WRITES:
            self.writes.append(sql)
            if not connection.in_atomic_block:
                self.bare.append(sql)


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    recorder = Recorder()
    # What Django sends to the database. A wrapper of the test would run before those of the site.
    for name in ("_execute", "_executemany"):
        send = getattr(CursorWrapper, name)

        def record_and_send(self: Any, sql: str, *args: Any, send: Any = send) -> Any:
            recorder.record(sql)
            return send(self, sql, *args)

        monkeypatch.setattr(CursorWrapper, name, record_and_send)
    request_started.connect(recorder.started)
    request_finished.connect(recorder.finished)
    yield recorder
    request_started.disconnect(recorder.started)
    request_finished.disconnect(recorder.finished)


@pytest.fixture
def world(tmp_path: Path, settings: Settings) -> World:
    settings.MEDIA_ROOT = tmp_path / "media"
    return World.make(tmp_path)


def _sign_up(_: World) -> None:
    passwords = {"password1": PASSWORD, "password2": PASSWORD}
    given = {"username": "erin", "email": "erin@example.org", **passwords}
    assert Client().post("/accounts/signup/", given).status_code == 302


def _sign_in(_: World) -> None:
    Client().post("/accounts/login/", {"login": "frank", "password": PASSWORD})


def _token(_: World) -> None:
    given = {"username": "frank", "password": PASSWORD}
    token = (
        Client().post("/api/auth/token/", given, content_type="application/json").json()["token"]
    )
    # The first use of a token is recorded too.
    with_token = Client(headers={"Authorization": f"Bearer {token}"})
    assert with_token.delete("/api/auth/token/").status_code == 204


def _report(w: World) -> None:
    w.form(w.bob, f"/posts/{w.post.pk}/report/", reason="spam")


MORE: dict[str, Write] = {
    "sign-up": _sign_up,
    "sign-in": _sign_in,
    "token": _token,
    "report": _report,
}
ROWS = {
    name: write
    for name, write in {**TO_POSTS, **TO_AUTHORS, **TO_COUNTS, **HARMLESS}.items()
    if re.search(r"API|form,|the form|admin", name) and name != "admin, tokens revoked"
} | MORE


@pytest.mark.parametrize("name", ROWS)
def test_request_writes_in_transactions_only(name: str, world: World, recorder: Recorder) -> None:
    UserFactory.create(username="frank", password=PASSWORD)
    ROWS[name](world)
    assert recorder.writes
    assert recorder.bare == []
