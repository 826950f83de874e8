"""Django's PostgreSQL backend, with fast recovery from a server restart and time-limited queries.

psycopg's pool finds its dead connections one by one, and waits a second after the second of them:
with three dead connections a request failed although the server was long back.

A hung server closes no connection, and no socket option detects it: Unix sockets have none, and a
server that waits for a lock looks healthy to the network.
"""

import math
import select
import time
from functools import partial
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError
from psycopg.abc import RV, PQGen
from psycopg_pool import ConnectionPool

from feedsite.postgresql import deadline
from freshcache.errors import DATABASE_FAILURES, DatabaseUnavailable
from posts.errors import OutcomeUnknownError

# A closed connection fails faster than this. A slower failure is a network that drops packets, and
# then the other connections are not checked: each would wait as long.
FAST_FAILURE_SECONDS = 0.1
# Limit for the check of a connection: as long as the pool waits for one.
CHECK_SECONDS = 2.0
# A connection that has answered within this time needs no check, if nothing has arrived since: a
# server that ends sends an error, and closes the connection. The check costs as much as a query.
TRUSTED_SECONDS = 1.0
# Limits that the server keeps by itself, for a client that is stopped or cut off: one of a query,
# and one of an idle transaction, which may hold locks.
SERVER_LIMITS = ("statement_timeout", "idle_in_transaction_session_timeout")
# Limit for cancelling a query, which needs another connection to a server that may hang, and again
# for the answer after that.
CANCEL_SECONDS = 0.2
# Limits for the answers to COMMIT, which is sent before the deadline, and to ROLLBACK.
COMMIT_SECONDS = 1.0
ROLLBACK_SECONDS = 0.5
# The server was stopped, or ended the session, perhaps after it had committed (57P01 to 57P05).
SESSION_ENDED = "57P"
TOO_LATE = "The time for this request is over. Nothing was sent to the database."


class AnswerTimeoutError(OperationalError):
    """The database did not answer in time.

    `cancelled`: the server confirmed that the query has failed. Else the connection is closed.
    """

    def __init__(self, message: str, *, cancelled: bool = False) -> None:
        super().__init__(message)
        self.cancelled = cancelled


class LimitedConnection(Connection[Any]):
    """A connection that waits for each answer at most `deadline.seconds()`.

    `answered_at`: the time of the last answer, in seconds on the monotonic clock.
    """

    answered_at = -math.inf

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait as psycopg does, within the limit. After it, cancel the query.

        Raises:
            AnswerTimeoutError: no answer in time.
            DatabaseUnavailable: the deadline has passed. Nothing was sent.
        """
        answer = self._wait(gen, interval, timeout)
        self.answered_at = time.monotonic()
        return answer

    def _wait(self, gen: PQGen[RV], interval: float, timeout: float | None) -> RV:
        limit = deadline.seconds() if timeout is None else None
        if limit is None:
            return super().wait(gen, interval, timeout)
        if limit <= 0:
            gen.close()  # psycopg sends the query with the first step
            raise DatabaseUnavailable(TOO_LATE)
        try:
            return super().wait(gen, interval, limit)
        except psycopg.errors._WaitTimeout as error:  # noqa: SLF001 -- psycopg has no public name
            message = f"The database did not answer within {limit:.1f} s."
            return self._cancel(gen, interval, message, error)

    def _cancel(self, gen: PQGen[RV], interval: float, message: str, cause: Exception) -> RV:
        """Cancel the query; return its answer if that came before."""
        try:
            self.cancel_safe(timeout=CANCEL_SECONDS)
        except psycopg.Error:
            self.pgconn.finish()  # a late cancellation would hit another query
            raise AnswerTimeoutError(message) from cause
        try:
            return super().wait(gen, interval, CANCEL_SECONDS)
        except psycopg.errors.QueryCanceled as error:
            raise AnswerTimeoutError(message, cancelled=True) from error
        except psycopg.errors._WaitTimeout:  # noqa: SLF001 -- as above
            self.pgconn.finish()
            raise AnswerTimeoutError(message) from cause


class DatabaseWrapper(base.DatabaseWrapper):
    @property
    def pool(self) -> "ConnectionPool[Any] | None":
        pool: ConnectionPool[Any] | None = super().pool
        if pool is not None:
            pool._check = partial(_check, pool)  # noqa: SLF001 -- Django sets it, without an option
            pool.connection_class = LimitedConnection
        return pool

    def get_connection_params(self) -> dict[str, Any]:
        """Return Django's parameters; in a web server, with the time limits of the server."""
        params: dict[str, Any] = super().get_connection_params()
        if (limit := deadline.process_seconds()) is not None:
            milliseconds = max(1, int(limit * 1000))
            limits = " ".join(f"-c {name}={milliseconds}" for name in SERVER_LIMITS)
            params["options"] = f"{limits} {params.get('options', '')}".strip()
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if deadline.has_passed():
            raise DatabaseUnavailable(TOO_LATE)
        return super().get_new_connection(conn_params)

    def set_autocommit(self, autocommit: bool, *args: Any, **options: Any) -> None:
        """Do as Django, but leave a lost connection to the next query, and run commit hooks always.

        Django calls it at the end of a transaction. If that has failed, a new connection could
        replace its error by another; if it was committed, the deadline may have passed meanwhile.
        """
        if not autocommit:
            super().set_autocommit(autocommit, *args, **options)
        elif self.connection is not None:
            with deadline.extended(COMMIT_SECONDS):
                super().set_autocommit(autocommit, *args, **options)

    def is_usable(self) -> bool:
        """Return whether the database answers; False after the deadline, when it can't be asked."""
        try:
            return super().is_usable()
        except DatabaseUnavailable:
            return False

    def _commit(self) -> None:
        """Commit, unless the deadline has passed.

        Raises:
            OutcomeUnknownError: COMMIT was sent, and its answer was lost or did not come in time.
        """
        if deadline.has_passed():
            raise DatabaseUnavailable(TOO_LATE)
        try:
            with deadline.extended(COMMIT_SECONDS):
                super()._commit()  # type: ignore[misc] # the stubs lack it
        except DATABASE_FAILURES as error:
            if _is_rolled_back(error.__cause__):
                raise
            raise OutcomeUnknownError from error

    def _rollback(self) -> None:
        with deadline.extended(ROLLBACK_SECONDS):
            super()._rollback()  # type: ignore[misc] # as above


def _is_rolled_back(error: BaseException | None) -> bool:
    """Return whether this error, of a COMMIT, says that the transaction was rolled back."""
    if isinstance(error, AnswerTimeoutError):
        return error.cancelled
    state = getattr(error, "sqlstate", None)
    return state is not None and not state.startswith(SESSION_ENDED)


def _check(pool: "ConnectionPool[Any]", connection: "Connection[Any]") -> None:
    """Raise psycopg's error if the connection is dead. Then the pool drops all dead connections."""
    if _is_trusted(connection):
        return
    started_at = time.monotonic()
    # Even after the deadline, which must not make a good connection look dead.
    with deadline.extended(CHECK_SECONDS):
        try:
            pool.check_connection(connection)
        except Exception:
            if time.monotonic() - started_at < FAST_FAILURE_SECONDS:
                pool.check()
            raise


def _is_trusted(connection: "Connection[Any]") -> bool:
    """Return whether the connection has just answered, and nothing has arrived since."""
    answered_at = getattr(connection, "answered_at", -math.inf)
    if time.monotonic() - answered_at >= TRUSTED_SECONDS or connection.closed:
        return False
    arrived = select.poll()
    arrived.register(connection.pgconn.socket, select.POLLIN)
    return not arrived.poll(0)
