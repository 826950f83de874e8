"""Lanes: who waits for a client, a database or Django never holds the threads that answer hits.

Wrapped around Django, behind the front door: what the front door answers never comes by here. The
server has `server_threads` threads. At most `body_threads` of them wait for a client's body, or for
a client that reads a large file slowly; at most `web_threads` run Django, and half of those run
writes. Some more may wait for Django, and the rest is there for hits, whatever happens.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from django.db import close_old_connections

from feedsite import refusals
from feedsite.bodies import BodyRefused, Environ, ignore_body, read_body
from feedsite.postgresql.deadline import within

StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

READING = frozenset({"GET", "HEAD", "OPTIONS"})
# Staff search and page through whole tables, so their reads have the time of a write.
SLOW_READS = "/admin/"
# Touches no database, no Redis and no session: it needs no lane.
LIVE = "/health/live"
# A place in a lane is waited for this long; by those for whom there is no room to wait, only
# `BRIEF_SECONDS`, and only while others enter or leave the lane. Reads wait longer than writes and
# bodies: of five hundred readers of a page that nobody has loaded yet, each is to be answered.
LANE_SECONDS = 10.0
BRIEF_SECONDS = 0.25
READ_BRIEF_SECONDS = 2.0
# A larger file is sent piece by piece, as fast as its reader takes it; up to this size the server
# takes it at once, and the thread is free.
MAX_WHOLE_BYTES = 256 * 1024


def server_threads(*, web_threads: int, body_threads: int) -> int:
    """Threads of one server process: for Django, for bodies, twice as many for reads that wait for
    Django, and as many for writes that do and for hits.

    No more than needed: with 64 connections a hit costs the same with 20 threads as with 4, and a
    fifth more with 28, for they fight over the turn to run Python.
    """
    return web_threads + 4 * body_threads


class Full(Exception):  # noqa: N818 -- no fault: there is room for so many at a time
    """No place in the lane, and none to be expected soon."""


class Lane:
    """Room for `size` requests at a time. Another `patient` of them may wait `LANE_SECONDS`, and
    the others `brief_seconds`."""

    def __init__(
        self,
        size: int,
        *,
        patient: int = 0,
        brief_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._brief_seconds = brief_seconds
        self._places = threading.BoundedSemaphore(size)
        self._patient = threading.Semaphore(patient)
        self._clock = clock
        self._moved_at = clock()

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Be in the lane.

        Raises:
            Full: there was no place in time.
        """
        self.enter()
        try:
            yield
        finally:
            self.leave()

    def enter(self) -> None:
        if not self._places.acquire(blocking=False) and not self._wait():
            raise Full
        self._moved_at = self._clock()

    def leave(self) -> None:
        self._moved_at = self._clock()
        self._places.release()

    def _wait(self) -> bool:
        if self._patient.acquire(blocking=False):
            try:
                return self._places.acquire(timeout=LANE_SECONDS)
            finally:
                self._patient.release()
        if self._clock() - self._moved_at > self._brief_seconds:
            return False
        return self._places.acquire(timeout=self._brief_seconds)


class Whole(list[bytes]):
    """A whole answer, already closed: the server sends a list and asks nothing more of it."""

    def close(self) -> None:
        """Nothing is left to close."""


class Lanes:
    """`read_seconds`, `write_seconds`: how long one query of a read, of a write, may take."""

    def __init__(
        self,
        application: Application,
        *,
        web_threads: int,
        body_threads: int,
        read_seconds: float,
        write_seconds: float,
    ) -> None:
        self._application = application
        self._clients = Lane(body_threads, brief_seconds=BRIEF_SECONDS)
        self._django = Lane(web_threads, patient=2 * body_threads, brief_seconds=READ_BRIEF_SECONDS)
        self._slow = Lane(
            max(1, web_threads // 2),
            patient=max(1, body_threads // 2),
            brief_seconds=BRIEF_SECONDS,
        )
        self._read_seconds = read_seconds
        self._write_seconds = write_seconds

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Read the body, then let Django answer."""
        path, reads = environ["PATH_INFO"], environ["REQUEST_METHOD"] in READING
        if reads:
            ignore_body(environ)
        if reads and path == LIVE:
            return self._application(environ, start_response)
        try:
            if reads and not path.startswith(SLOW_READS):
                return self._answer(environ, start_response, self._read_seconds)
            with self._body(environ, reads=reads), self._slow.entered():
                return self._answer(environ, start_response, self._write_seconds)
        except Full:
            return refusals.busy(path, start_response)
        except BodyRefused as error:
            return refusals.refuse(path, start_response, error.status, error.detail)

    def _body(self, environ: Environ, *, reads: bool) -> AbstractContextManager[object]:
        if reads:
            return nullcontext()
        with self._clients.entered():
            return read_body(environ)

    def _answer(
        self, environ: Environ, start_response: StartResponse, query_seconds: float
    ) -> Iterable[bytes]:
        with self._django.entered(), within(query_seconds):
            answer: Any = self._application(environ, start_response)
            if not answer.streaming or _is_small(answer):
                return _whole(answer)
            if environ["REQUEST_METHOD"] == "HEAD":
                answer.close()
                return Whole()
            close_old_connections()  # a slow reader must not keep a connection to the database
        return self._stream(answer)

    def _stream(self, answer: Any) -> Iterable[bytes]:
        """Send it piece by piece, as fast as its reader takes it, with a place among the clients.

        Raises:
            Full: too many clients are slow already.
        """
        try:
            self._clients.enter()
        except Full:
            answer.close()
            raise
        return _Stream(answer, self._clients.leave)


class _Stream:
    """An answer of many pieces, with a last thing to do when it is closed."""

    def __init__(self, answer: Any, closed: Callable[[], None]) -> None:
        self._answer = answer
        self._closed = closed

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answer)

    def close(self) -> None:
        try:
            self._answer.close()
        finally:
            self._closed()


def _is_small(answer: Any) -> bool:
    return int(answer.get("Content-Length", MAX_WHOLE_BYTES + 1)) <= MAX_WHOLE_BYTES


def _whole(answer: Any) -> Whole:
    """All of it. Closed here, Django's end of a request is on this thread and in its lane."""
    try:
        return Whole([b"".join(answer)])
    finally:
        answer.close()
