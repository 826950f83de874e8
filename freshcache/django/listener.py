"""Hears of changes that went around Django: PostgreSQL's notifications become invalidations.

Triggers of the database send a notification with the commit of whatever changes what pages show,
unless it was this program, which announces for itself. One worker of the fleet listens: the one
that has an advisory lock, which its session's end gives back. The others stand by. Whoever begins
to listen can't know what it has missed, so that begins a new generation.
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
from freshcache.generation import Change

log = logging.getLogger(__name__)

STANDBY_SECONDS = 1.0
RETRY_SECONDS = 1.0
# A quiet connection is tried this often, for a network that is gone says nothing.
QUIET_SECONDS = 5.0
# Between two invalidations: a thousand statements a second are not a thousand new generations.
MIN_SECONDS_BETWEEN_INVALIDATIONS = 0.05


class State(StrEnum):
    OFF = "off"
    LISTENING = "listening"
    STANDBY = "standby"  # another worker listens
    DOWN = "down"


class Listener:
    """`connect` opens a connection of its own in autocommit; `changed` is told of each change.

    The payload of a notification on `channel` is `counts` if counts alone have changed. `elected`:
    one of the fleet is enough, for what it invalidates is invalid for all.
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
        # The same in the fleet, and nobody else's.
        digest = hashlib.blake2b(f"freshcache:{channel}".encode(), digest_size=7).digest()
        self._lock = int.from_bytes(digest)
        self._connect = connect
        self._changed = changed
        self._elected = elected
        self._stopping = threading.Event()
        self.state = State.DOWN

    def run(self) -> None:
        """Listen until stopped, whatever happens to the database."""
        while not self._stopping.is_set():
            try:
                with self._connect() as session:
                    if self._wait_for_turn(session):
                        self._listen(session)
            except Exception as error:  # noqa: BLE001 -- or a surprise would end the listening for good
                log.warning("not listening to the database", extra={"error": repr(error)})
            self.state = State.DOWN
            # Jitter spreads the workers; it needs no secrecy.
            self._stopping.wait(RETRY_SECONDS * (0.5 + random.random() / 2))  # noqa: S311

    def stop(self) -> None:
        """Ask it to end; it does within `QUIET_SECONDS`."""
        self._stopping.set()

    def _wait_for_turn(self, session: "psycopg.Connection[Any]") -> bool:
        """Return True with the lock, False when stopped."""
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
            notes = list(session.notifies(timeout=QUIET_SECONDS, stop_after=1))
            if notes:
                self._changed(_strongest(note.payload for note in notes))
                self._stopping.wait(MIN_SECONDS_BETWEEN_INVALIDATIONS)
            else:
                session.execute("SELECT 1")


def _strongest(payloads: Iterable[str]) -> Change:
    """What has changed at the most; a word that is not known may mean content."""
    return "counts" if {*payloads} == {"counts"} else "content"


def _connect() -> "psycopg.Connection[Any]":
    """A session of its own: one of the pool may be taken away, or reset."""
    return psycopg.connect(**connection.get_connection_params(), autocommit=True)


def listen(cache: FreshCache, *, channel: str) -> Listener:
    """Listen on a daemon thread of this process; what it hears invalidates `cache`.

    For PostgreSQL and psycopg alone. Call it in each process that serves, after any fork.
    """

    def changed(what: Change) -> None:
        cache.bump(what, "told by the database")

    listener = Listener(_connect, changed, channel=channel, elected=cache.store is not None)
    threading.Thread(target=listener.run, name="freshcache-listener", daemon=True).start()
    return listener
