"""Middleware for requests that write: what was committed is known if the database fails later.

Each write is in a transaction. A single statement outside one is committed by a hung database when
that continues, although the client was told that nothing has happened.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

from feedsite.postgresql import deadline
from freshcache.errors import DatabaseUnavailable
from posts.models import SessionRecord, TokenRecord

WRITES = frozenset({"INSERT", "UPDATE", "DELETE"})
READ_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class _Commits:
    """Wraps the queries of one request; sets `has_committed` on it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        if deadline.has_passed():
            raise DatabaseUnavailable("The time for this request is over.")
        if str(sql)[:6] not in WRITES:
            return execute(sql, params, many, context)
        database, note = context["connection"], not _is_bookkeeping(sql)
        if database.in_atomic_block:
            if note and not any(hook == self._note for _, hook, _ in database.run_on_commit):
                database.on_commit(self._note)
            return execute(sql, params, many, context)
        if database.vendor == "postgresql":
            with transaction.atomic(database.alias):
                return self(execute, sql, params, many, context)
        # SQLite has no server that may hang, and can't commit before RETURNING was read.
        answer = execute(sql, params, many, context)
        if note:
            self._note()
        return answer

    def _note(self) -> None:
        self._request.has_committed = True  # type: ignore[attr-defined] # read by posts/errors.py


def note_commits(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., Any]:
    """Set `has_committed` on a request that writes, once its first transaction is committed."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.method in READ_METHODS:
            return get_response(request)
        with connection.execute_wrapper(_Commits(request)):
            return get_response(request)

    return answer


def _is_bookkeeping(sql: str) -> bool:
    """Return whether a statement notes the use of a session or token: no change by its client."""
    return any(f'"{table}"' in sql for table in _bookkeeping_tables())


@cache
def _bookkeeping_tables() -> tuple[str, ...]:
    models = (Session, SessionRecord, TokenRecord)
    return tuple(model._meta.db_table for model in models)  # noqa: SLF001 -- Django documents it
