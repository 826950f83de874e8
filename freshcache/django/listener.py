"""Invalidate after notifications of PostgreSQL, for writes that bypass Django.

Triggers (`freshcache.django.triggers`) notify at each commit of another program that changes what
pages show. One process of the fleet listens: the one that holds an advisory lock, which PostgreSQL
releases when the session ends. The others stand by. A process that begins to listen may have missed
notifications, so it begins a new generation.
"""

import hashlib
import logging
import random
import threading
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from freshcache.cache import FreshCache
from freshcache.transactions import Change

log = logging.getLogger(__name__)

STANDBY_SECONDS = 1.0
RETRY_SECONDS = 1.0
# How often a connection without notifications is tested: a broken network gives no sign.
QUIET_SECONDS = 5.0
# So that a thousand statements a second do not begin a thousand generations.
MIN_SECONDS_BETWEEN_INVALIDATIONS = 0.05


class State(StrEnum):
    """What a listener does. DOWN: it has no connection, and tries again."""

    OFF = "off"
    LISTENING = "listening"
    STANDBY = "standby"  # another process listens
    DOWN = "down"


class Listener:
    """Listens on `channel`, on the thread that calls `run`.

    `connect` opens a new connection in autocommit. `changed` is called for each change. The payload
    of a notification is `counts` if only counts have changed. `elected`: one process of the fleet
    listens, because its invalidations reach all others; else each process listens.
    """

    def __init__(
        self,
        connect: Callable[[], "psycopg.Connection[Any]"],
        changed: Callable[[Change], None],
        *,
        channel: str,
        elected: bool,
    ) -> None:
        self._channel = channel
        # The same number in all processes of the fleet, and hardly in another program.
        digest = hashlib.blake2b(f"freshcache:{channel}".encode(), digest_size=7).digest()
        self._lock = int.from_bytes(digest)
        self._connect = connect
        self._changed = changed
        self._elected = elected
        self._stopping = threading.Event()
        self.state = State.DOWN

    def run(self) -> None:
        """Listen until stopped. After any failure of the database, connect again."""
        while not self._stopping.is_set():
            try:
                with self._connect() as session:
                    if self._wait_for_turn(session):
                        self._listen(session)
            except Exception as error:  # noqa: BLE001 -- any other error would end the listening
                log.warning("not listening to the database", extra={"error": repr(error)})
            self.state = State.DOWN
            # Jitter spreads the processes; it needs no secrecy.
            self._stopping.wait(RETRY_SECONDS * (0.5 + random.random() / 2))  # noqa: S311

    def stop(self) -> None:
        """Let `run` end within `QUIET_SECONDS`."""
        self._stopping.set()

    def _wait_for_turn(self, session: "psycopg.Connection[Any]") -> bool:
        """Wait for the lock if `elected`; return False if stopped meanwhile."""
        while self._elected and not self._stopping.is_set():
            answer = session.execute("SELECT pg_try_advisory_lock(%s)", [self._lock]).fetchone()
            if answer and answer[0]:
                break
            self.state = State.STANDBY
            self._stopping.wait(STANDBY_SECONDS)
        return not self._stopping.is_set()

    def _listen(self, session: "psycopg.Connection[Any]") -> None:
        session.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self._channel)))
        self.state = State.LISTENING
        log.info("listening to the database")
        self._changed("content")
        while not self._stopping.is_set():
            notifications = list(session.notifies(timeout=QUIET_SECONDS, stop_after=1))
            if notifications:
                self._changed(_strongest(each.payload for each in notifications))
                self._stopping.wait(MIN_SECONDS_BETWEEN_INVALIDATIONS)
            else:
                session.execute("SELECT 1")


def _strongest(payloads: Iterable[str]) -> Change:
    """Return the strongest change of all; an unknown payload counts as content."""
    return "counts" if {*payloads} == {"counts"} else "content"


def _connect() -> "psycopg.Connection[Any]":
    """Open a session outside of Django's, which could be closed or go back to a pool."""
    return psycopg.connect(**connection.get_connection_params(), autocommit=True)


def listen(cache: FreshCache, *, channel: str) -> Listener:
    """Listen on a daemon thread of this process, and invalidate `cache` at each notification.

    Call it in each process that serves, after a fork. Only for PostgreSQL with psycopg.
    """

    def changed(change: Change) -> None:
        cache.bump(change, "notified by the database")

    listener = Listener(_connect, changed, channel=channel, elected=cache.store is not None)
    threading.Thread(target=listener.run, name="freshcache-listener", daemon=True).start()
    return listener
