"""Lanes: requests that wait for a client, Django or the database never use all threads.

A WSGI wrapper around Django, behind the front door, which answers hits by itself. The server has
`server_threads` threads. At most `body_threads` of them wait for a client: for its body, or while
it slowly reads a large file. At most `web_threads` run Django: half of those run writes, a quarter
searches, a quarter check passwords. A limited number wait for Django. The remaining threads are
always free for hits and probes.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any

from django.db import close_old_connections

from feedsite import refusals
from feedsite.bodies import BodyRefused, Environ, ignore_body, read_body
from feedsite.lane import WAIT_SECONDS, Lane, LaneFull
from feedsite.postgresql import deadline
from feedsite.request_kinds import RequestKind, kind_of
from freshcache.errors import Busy
from freshcache.front_door.cached_response import MAY_BE_BUSY

StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

# The key of a request's `Lanes` in its WSGI environment, for `GET /health/lanes`.
ENVIRON_KEY = "feedsite.lanes"
# Threads that no lane uses. More would cost hits more than they gain: see `server_threads`.
FREE_THREADS = 2
# A request that finds too many others waiting waits only while requests enter or leave the lane.
# Longer for reads: five hundred readers of a page that is not cached yet must all get it.
MAX_STILL_SECONDS = 0.25
READ_MAX_STILL_SECONDS = 0.5
# The server buffers a response up to this size, which frees the thread. A larger file is sent in
# pieces, as fast as its client reads.
MAX_BUFFERED_BYTES = 256 * 1024

# Public reads. Writes and pages of the admin have a deadline as a whole.
QUICK_KINDS = frozenset({RequestKind.READ, RequestKind.SEARCH})


def server_threads(*, web_threads: int, body_threads: int) -> int:
    """Return the number of threads of one server process.

    `web_threads` run Django, `body_threads` wait for clients, `waiting_threads` for Django.
    FREE_THREADS remain for hits and probes.

    More threads compete for Python's global lock. CPU of a bare callable with 64 connections: 1
    thread 16 us, 20 threads 17, 28 threads 20; with 16 connections 1 thread 26 us, 16 or more 20.
    """
    return web_threads + body_threads + waiting_threads(body_threads) + FREE_THREADS


def waiting_threads(body_threads: int) -> int:
    """Return the number of threads that may wait for Django, in all lanes together."""
    return 3 * body_threads - FREE_THREADS


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
        self._read_seconds = read_seconds
        self._write_seconds = write_seconds
        room = threading.Semaphore(waiting_threads(body_threads))
        quarter, half = max(1, web_threads // 4), max(1, web_threads // 2)
        still = MAX_STILL_SECONDS
        # Entered in this order, so that none waits for a place that another one of them holds.
        self._clients = Lane("clients", body_threads, room=room, max_still_seconds=still)
        self._searches = Lane("searches", quarter, room=room, max_waiting=max(1, body_threads // 2))
        self._sign_ins = Lane("sign_ins", quarter, room=room, max_waiting=body_threads)
        self._writes = Lane(
            "writes", half, room=room, max_waiting=body_threads, max_still_seconds=still
        )
        self._django = Lane(
            "django",
            web_threads,
            room=room,
            max_waiting=2 * body_threads,
            max_still_seconds=READ_MAX_STILL_SECONDS,
        )
        self._lanes = self._clients, self._searches, self._sign_ins, self._writes, self._django
        self._before_django: dict[RequestKind, tuple[Lane, ...]] = {
            RequestKind.READ: (),
            RequestKind.SEARCH: (self._searches,),
            RequestKind.STAFF_SEARCH: (self._searches,),
            RequestKind.STAFF_READ: (self._writes,),
            RequestKind.WRITE: (self._writes,),
            RequestKind.SIGN_IN: (self._sign_ins, self._writes),
        }

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Read the body, then run Django.

        Raises:
            Busy: a lane is full, and the front door has a response to send.
        """
        kind = kind_of(environ)
        if kind.is_read:
            ignore_body(environ)
        if kind is RequestKind.PROBE:
            environ[ENVIRON_KEY] = self
            return _buffered(self._application(environ, start_response))
        try:
            with ExitStack() as stack:
                if not kind.is_read:
                    with self._clients.entered():
                        stack.enter_context(read_body(environ))
                if kind not in QUICK_KINDS:
                    stack.enter_context(deadline.within(self._write_seconds))
                until = None if MAY_BE_BUSY in environ else _end_of_waiting()
                for lane in (*self._before_django[kind], self._django):
                    stack.enter_context(lane.entered(until=until))
                response: Any = self._run_django(environ, start_response, kind)
            return response if isinstance(response, BufferedResponse) else self._stream(response)
        except LaneFull as error:
            if MAY_BE_BUSY in environ:
                raise Busy from error
            return refusals.busy(environ["PATH_INFO"], start_response)
        except BodyRefused as error:
            return refusals.refuse(environ["PATH_INFO"], start_response, error.status, error.detail)

    def states(self) -> dict[str, dict[str, int]]:
        """Return the state of each lane of this process, by its name."""
        return {lane.name: asdict(lane.state()) for lane in self._lanes}

    def _run_django(
        self, environ: Environ, start_response: StartResponse, kind: RequestKind
    ) -> Iterable[bytes]:
        """Return a complete response, or one that is streamed after its lane is left."""
        answer_seconds = self._read_seconds if kind in QUICK_KINDS else None
        with deadline.within(self._write_seconds, answer_seconds=answer_seconds):
            response: Any = self._application(environ, start_response)
            if not response.streaming or _is_small(response):
                return _buffered(response)
            if environ["REQUEST_METHOD"] == "HEAD":
                response.close()
                return BufferedResponse()
            close_old_connections()  # a slow client must not keep a database connection
            return response  # type: ignore[no-any-return] # Django's response is iterable

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


def _end_of_waiting() -> float:
    """Return until when a request may wait for its lanes: its deadline, if it has one."""
    left = deadline.seconds_left()
    return time.monotonic() + (WAIT_SECONDS if left is None else min(WAIT_SECONDS, left))


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
