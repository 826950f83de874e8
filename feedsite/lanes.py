"""Lanes: requests that wait for a client, Django or the database never use all threads.

A WSGI wrapper around Django, behind the front door, which answers hits by itself. The server has
`server_threads` threads. At most `body_threads` of them wait for a client: for its body, or while
it slowly reads a large file. At most `web_threads` run Django: half of those run writes, a quarter
searches, a quarter check passwords. A limited number wait for Django. FREE_THREADS remain for hits
and probes: a request that would take one of these waits MAX_STILL_SECONDS_ON_FREE_THREADS at most.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from typing import Any

from django.db import close_old_connections

from feedsite import refusals
from feedsite.bodies import BodyRefused, Environ, ignore_body, read_body
from feedsite.lane import FOREVER, WAIT_SECONDS, Lane, LaneFull
from feedsite.postgresql import deadline
from feedsite.request_kinds import RequestKind, kind_of
from feedsite.response_bodies import BufferedResponse, Stream, buffered, is_small
from freshcache.errors import Busy
from freshcache.front_door.cached_response import MAY_BE_BUSY

StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
Page = tuple[str, str, str | None]  # method, path, query string

# The key of a request's `Lanes` in its WSGI environment, for `GET /health/lanes`.
ENVIRON_KEY = "feedsite.lanes"
# Threads that no lane uses. More would cost hits more than they gain: see `server_threads`.
FREE_THREADS = 2
# A request that finds too many others waiting waits only while requests enter or leave the lane.
# Longer for reads: five hundred readers of a page that is not cached yet must all get it.
MAX_STILL_SECONDS = 0.25
READ_MAX_STILL_SECONDS = 0.5
# The same for a request on one of the FREE_THREADS, which waits for another thread's work to end.
# Hits wait behind it, so this is shorter than the 0.1 s in which probes are answered. But it is
# much longer than CROWD_STILL_SECONDS: when a crowd of bodies arrives, reads outlast it.
MAX_STILL_SECONDS_ON_FREE_THREADS = 0.08

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
        still, outside = MAX_STILL_SECONDS, max(1, body_threads // 2)  # reads need threads too
        # Each request but hits and probes has a place in here: a thread.
        self._threads = Lane(
            "threads",
            web_threads + body_threads + waiting_threads(body_threads),
            room=threading.Semaphore(0),
            max_still_seconds=MAX_STILL_SECONDS_ON_FREE_THREADS,
        )
        # Requests that have a place. Each use is one operation of Python's list: it needs no lock.
        self._pages: list[Page] = []
        # Entered in this order, so that none waits for a place that another one of them holds.
        self._clients = Lane(
            "clients", body_threads, room=room, max_outside=outside, max_still_seconds=still
        )
        self._searches = Lane("searches", quarter, room=room, max_waiting=max(1, body_threads // 2))
        self._sign_ins = Lane("sign_ins", quarter, room=room, max_waiting=body_threads)
        self._writes = Lane(
            "writes",
            half,
            room=room,
            max_waiting=body_threads,
            max_outside=outside,
            max_still_seconds=still,
        )
        self._django = Lane(
            "django",
            web_threads,
            room=room,
            max_waiting=2 * body_threads,
            max_still_seconds=READ_MAX_STILL_SECONDS,
        )
        self._lanes = (
            *(self._threads, self._clients, self._searches),
            *(self._sign_ins, self._writes, self._django),
        )
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
            return buffered(self._application(environ, start_response))
        try:
            with ExitStack() as thread:
                thread.enter_context(self._thread(environ, kind))
                response: Any = self._answer(environ, start_response, kind)
                if isinstance(response, BufferedResponse):
                    return response
                return self._stream(response, thread)
        except LaneFull as error:
            if MAY_BE_BUSY in environ:
                raise Busy from error
            return refusals.busy(environ["PATH_INFO"], start_response)
        except BodyRefused as error:
            return refusals.refuse(environ["PATH_INFO"], start_response, error.status, error.detail)

    def states(self) -> dict[str, dict[str, int]]:
        """Return the state of each lane of this process, by its name."""
        return {lane.name: asdict(lane.state()) for lane in self._lanes}

    @contextmanager
    def _thread(self, environ: Environ, kind: RequestKind) -> Iterator[None]:
        """Hold a thread that hits and probes do not need, until the end of the block.

        A read waits longer for the page that another read has begun to load: any number of readers
        of a page that is not cached yet get it.

        Raises:
            LaneFull: too many requests hold threads, and none of them ends.
        """
        path, query = environ["PATH_INFO"], environ.get("QUERY_STRING")
        page: Page = environ["REQUEST_METHOD"], path, query
        is_loaded = kind is RequestKind.READ and page in self._pages
        until = None if MAY_BE_BUSY in environ else FOREVER
        still = READ_MAX_STILL_SECONDS if is_loaded else None
        with self._threads.entered(until=until, max_still_seconds=still):
            self._pages.append(page)
            try:
                yield
            finally:
                self._pages.remove(page)

    def _answer(
        self, environ: Environ, start_response: StartResponse, kind: RequestKind
    ) -> Iterable[bytes]:
        """Return a complete response, or one that is streamed after its lanes are left."""
        with ExitStack() as stack:
            if not kind.is_read:
                with self._clients.entered():
                    stack.enter_context(read_body(environ))
            if kind not in QUICK_KINDS:
                stack.enter_context(deadline.within(self._write_seconds))
            until = None if MAY_BE_BUSY in environ else _end_of_waiting()
            for lane in (*self._before_django[kind], self._django):
                stack.enter_context(lane.entered(until=until))
            return self._run_django(environ, start_response, kind)

    def _run_django(
        self, environ: Environ, start_response: StartResponse, kind: RequestKind
    ) -> Iterable[bytes]:
        """Return a complete response, or one that is streamed after its lane is left."""
        answer_seconds = self._read_seconds if kind in QUICK_KINDS else None
        with deadline.within(self._write_seconds, answer_seconds=answer_seconds):
            response: Any = self._application(environ, start_response)
            if not response.streaming or is_small(response):
                return buffered(response)
            if environ["REQUEST_METHOD"] == "HEAD":
                response.close()
                return BufferedResponse()
            close_old_connections()  # a slow client must not keep a database connection
            return response  # type: ignore[no-any-return] # Django's response is iterable

    def _stream(self, response: Any, thread: ExitStack) -> Iterable[bytes]:
        """Stream a response. Until it is closed it holds its thread, and a place among the clients.

        Raises:
            LaneFull: too many clients are slow already.
        """
        try:
            thread.enter_context(self._clients.entered())
        except LaneFull:
            response.close()
            raise
        return Stream(response, thread.pop_all().close)


def _end_of_waiting() -> float:
    """Return until when a request may wait for its lanes: its deadline, if it has one."""
    left = deadline.seconds_left()
    return time.monotonic() + (WAIT_SECONDS if left is None else min(WAIT_SECONDS, left))
