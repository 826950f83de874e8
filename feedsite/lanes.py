"""Lanes: requests that wait for a client, Django or the database never use all threads.

A WSGI wrapper around Django, behind the front door, which answers hits by itself. The server has
`server_threads` threads. At most `body_threads` of them wait for a client: for its body, or while
it slowly reads a large file. At most `web_threads` run Django, and half of those run writes. A
limited number wait for Django. The remaining threads are always free for hits.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from django.db import close_old_connections

from feedsite import refusals
from feedsite.bodies import BodyRefused, Environ, ignore_body, read_body
from feedsite.postgresql import deadline

StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

READ_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Staff search whole tables here, so these reads have the time limit and the lane of writes.
SLOW_READ_PATHS = "/admin/"
# Uses no database, Redis or session, so it needs no lane.
LIVENESS_PATH = "/health/live"
# A request waits this long for a place in a lane, or until its deadline.
WAIT_SECONDS = 10.0
# If too many wait already, only this long, and only while requests enter or leave the lane. Longer
# for reads: five hundred readers of a page that is not cached yet must all get it.
SHORT_WAIT_SECONDS = 0.25
READ_SHORT_WAIT_SECONDS = 2.0
# The server buffers a response up to this size, which frees the thread. A larger file is sent in
# pieces, as fast as its client reads.
MAX_BUFFERED_BYTES = 256 * 1024


def server_threads(*, web_threads: int, body_threads: int) -> int:
    """Return the number of threads of one server process.

    `web_threads` run Django and `body_threads` wait for clients. Twice `body_threads` are for reads
    that wait for Django, and as many again as `body_threads` for waiting writes and for hits.

    More threads compete for Python's global lock: with 64 connections a hit costs the same with 20
    threads as with 4, and a fifth more with 28.
    """
    return web_threads + 4 * body_threads


class LaneFull(Exception):  # noqa: N818 -- a limit that was reached, not an error
    """No place in the lane was free in time."""


class Lane:
    """A limit of `size` concurrent requests.

    Up to `max_waiting` more wait `WAIT_SECONDS` for a place; any further ones
    `short_wait_seconds`.
    """

    def __init__(
        self,
        size: int,
        *,
        max_waiting: int = 0,
        short_wait_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._short_wait_seconds = short_wait_seconds
        self._places = threading.BoundedSemaphore(size)
        self._waiting = threading.Semaphore(max_waiting)
        self._clock = clock
        self._changed_at = clock()

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Hold a place until the end of the block.

        Raises:
            LaneFull: no place was free in time.
        """
        self.enter()
        try:
            yield
        finally:
            self.leave()

    def enter(self) -> None:
        """Take a place; `leave` returns it.

        Raises:
            LaneFull: no place was free in time.
        """
        if not self._places.acquire(blocking=False) and not self._wait():
            raise LaneFull
        self._changed_at = self._clock()

    def leave(self) -> None:
        """Return a place."""
        self._changed_at = self._clock()
        self._places.release()

    def _wait(self) -> bool:
        if self._waiting.acquire(blocking=False):
            try:
                return self._places.acquire(timeout=_until_deadline(WAIT_SECONDS))
            finally:
                self._waiting.release()
        if self._clock() - self._changed_at > self._short_wait_seconds:
            return False
        return self._places.acquire(timeout=_until_deadline(self._short_wait_seconds))


def _until_deadline(seconds: float) -> float:
    left = deadline.seconds_left()
    return seconds if left is None else max(0.0, min(seconds, left))


class BufferedResponse(list[bytes]):
    """A complete response body, whose Django response is closed already."""

    django_response: Any = None  # what it was made from, for freshcache's front door

    def close(self) -> None:
        """Do nothing: WSGI servers call it."""


class Lanes:
    """A WSGI application that runs `application` in lanes.

    `read_seconds` is the limit of one database query of a read. `write_seconds` is that of a whole
    write, from the end of its body, and of a read without its wait for a place.
    """

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
        self._clients = Lane(body_threads, short_wait_seconds=SHORT_WAIT_SECONDS)
        self._django = Lane(
            web_threads,
            max_waiting=2 * body_threads,
            short_wait_seconds=READ_SHORT_WAIT_SECONDS,
        )
        self._writes = Lane(
            max(1, web_threads // 2),
            max_waiting=max(1, body_threads // 2),
            short_wait_seconds=SHORT_WAIT_SECONDS,
        )
        self._read_seconds = read_seconds
        self._write_seconds = write_seconds

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Read the body, then run Django."""
        path, is_read = environ["PATH_INFO"], environ["REQUEST_METHOD"] in READ_METHODS
        if is_read:
            ignore_body(environ)
        if is_read and path == LIVENESS_PATH:
            return self._application(environ, start_response)
        try:
            if is_read and not path.startswith(SLOW_READ_PATHS):
                return self._respond(environ, start_response, self._read_seconds)
            with (
                self._body(environ, is_read=is_read),
                deadline.within(self._write_seconds),
                self._writes.entered(),
            ):
                return self._respond(environ, start_response, self._write_seconds)
        except LaneFull:
            return refusals.busy(path, start_response)
        except BodyRefused as error:
            return refusals.refuse(path, start_response, error.status, error.detail)

    def _body(self, environ: Environ, *, is_read: bool) -> AbstractContextManager[object]:
        if is_read:
            return nullcontext()
        with self._clients.entered():
            return read_body(environ)

    def _respond(
        self, environ: Environ, start_response: StartResponse, query_seconds: float
    ) -> Iterable[bytes]:
        with (
            self._django.entered(),
            deadline.within(self._write_seconds, answer_seconds=query_seconds),
        ):
            response: Any = self._application(environ, start_response)
            if not response.streaming or _is_small(response):
                return _buffered(response)
            if environ["REQUEST_METHOD"] == "HEAD":
                response.close()
                return BufferedResponse()
            close_old_connections()  # a slow client must not keep a database connection
        return self._stream(response)

    def _stream(self, response: Any) -> Iterable[bytes]:
        """Stream a response, which holds a place in the lane of clients until it is closed.

        Raises:
            LaneFull: too many clients are slow already.
        """
        try:
            self._clients.enter()
        except LaneFull:
            response.close()
            raise
        return _Stream(response, self._clients.leave)


class _Stream:
    """The pieces of a response. `on_close` is called after it is closed."""

    def __init__(self, response: Any, on_close: Callable[[], None]) -> None:
        self._response = response
        self._on_close = on_close

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._response)

    def close(self) -> None:
        try:
            self._response.close()
        finally:
            self._on_close()


def _is_small(response: Any) -> bool:
    return int(response.get("Content-Length", MAX_BUFFERED_BYTES + 1)) <= MAX_BUFFERED_BYTES


def _buffered(response: Any) -> BufferedResponse:
    """Read and close a response, so that Django's `request_finished` runs in this lane."""
    try:
        buffered = BufferedResponse([b"".join(response)])
        buffered.django_response = response
        return buffered
    finally:
        response.close()
