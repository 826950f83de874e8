"""Sessions of an account: the record of each, when it was last used, and how to end it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import DatabaseError, models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from posts.last_use import RecentlySeen, is_due
from posts.models import SessionRecord, User
from posts.user_agents import browser_name

log = structlog.stdlib.get_logger(__name__)

# Stored in the session's data: the key, and with it the record, changes with the password.
BEGAN_KEY = "began"

recently_seen = RecentlySeen()


def of(user: User) -> models.QuerySet[SessionRecord]:
    """Return the records of this user's sessions; the last used comes first."""
    return SessionRecord.objects.filter(
        user=user, session__expire_date__gt=timezone.now()
    ).order_by("-used_at", "-pk")


def end(user: User, pk: int, *, except_key: str) -> bool:
    """End one session of this user, unless its key is `except_key`; return whether it ended."""
    rows = Session.objects.filter(record__pk=pk, record__user=user).exclude(session_key=except_key)
    return bool(rows.delete()[0])


def end_others(request: HttpRequest, user: User) -> None:
    """End every session of this user except that of the request, with or without a record."""
    user.end_sessions()
    update_session_auth_hash(request, user)


class TrackSessions:
    """Middleware: record when a session was last used, if the response has read the session.

    A page from the cache reads no session, and costs nothing here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        session = request.session
        # No key: this request has ended the session.
        if session.accessed and session.session_key:
            self._note(request, session.session_key)
        return response

    def _note(self, request: HttpRequest, key: str) -> None:
        if not recently_seen.first_time(key):
            return
        try:
            if request.user.is_authenticated:
                _record(request, request.user, request.session)
        except DatabaseError as error:
            # The response is ready, and matters more than the record.
            log.warning("use of a session not recorded", error=repr(error))


def _signed_in(*, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Make the record of a new session."""
    session = request.session
    session[BEGAN_KEY] = timezone.now().timestamp()
    if not session.session_key:
        session.save()
    recently_seen.first_time(str(session.session_key))
    _record(request, user, session)


def _record(request: HttpRequest, user: User, session: SessionBase) -> None:
    now = timezone.now()
    name = browser_name(request.META.get("HTTP_USER_AGENT", ""))
    record, created = SessionRecord.objects.get_or_create(
        session_id=session.session_key,
        defaults={"user": user, "name": name, "created_at": _began(session, now), "used_at": now},
    )
    renamed = bool(name) and name != record.name
    if not created and (renamed or is_due(record.used_at, now)):
        record.name, record.used_at = name or record.name, now
        record.save(update_fields=["name", "used_at"])


def _began(session: SessionBase, now: datetime) -> datetime:
    began = session.get(BEGAN_KEY)
    if not isinstance(began, float):
        return now  # a session that began before records existed
    return min(now, datetime.fromtimestamp(began, tz=now.tzinfo))


def connect() -> None:
    user_logged_in.connect(_signed_in, dispatch_uid="posts.session_began")
