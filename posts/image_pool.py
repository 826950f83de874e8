"""The pool of processes that decode images: started when first needed, ended after a fault.

Their output is checked like untrusted input, since a file may have taken over its process.
"""

import atexit
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import structlog
from django.conf import settings

from posts import webp
from posts.errors import DecodingFailedError, PoolBusyError
from posts.image_messages import ANSWER, MAX_DECODE_SECONDS, MAX_FRAMES, REQUEST, Outcome

log = structlog.stdlib.get_logger(__name__)

MAX_WAIT_SECONDS = 1.0
MAX_IMAGES_PER_PROCESS = 100  # bounds what a library leaks and what a file leaves behind
MAX_WEBP_BYTES = 8 * 1024 * 1024
CHUNK_BYTES = 64 * 1024
# Requests come first when CPU time is short, from the first import on. A higher niceness would
# starve the process.
NICENESS = 5
_PROGRAM = (
    f"import os, sys; os.nice({NICENESS}); sys.path.append(sys.argv[1]);"
    " from posts.image_decoder import main; main()"
)
_ROOT = str(Path(__file__).parent.parent)
# The only variables that the process gets: none of them is a secret.
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TZ")


@dataclass(frozen=True, slots=True)
class Answer:
    """`content` is a WebP file of `width` by `height` pixels if `outcome` is `PREPARED`.

    If it moves, `still` is a file of its first frame.
    """

    outcome: Outcome
    width: int
    height: int
    content: bytes = b""
    still: bytes = b""


class Decoder:
    """One process for one image at a time. Not thread-safe."""

    def __init__(self, *, decode_seconds: float = MAX_DECODE_SECONDS) -> None:
        self._decode_seconds = decode_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._images = 0

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def decode(
        self, file: IO[bytes], *, length: int, side: int, square: bool, moving: bool = False
    ) -> Answer:
        """Prepare an image from the next `length` bytes of `file`. `moving`: one may be moving.

        Raises:
            DecodingFailedError: the process is ended; the next image gets a new one.
        """
        deadline = time.monotonic() + self._decode_seconds
        try:
            connection = self._connection()
            _send(connection, REQUEST.pack(length, side, square, moving), deadline)
            while chunk := file.read(min(length, CHUNK_BYTES)):
                length -= len(chunk)
                _send(connection, chunk, deadline)
            answer = _receive_answer(connection, side, deadline, moving=moving)
        except BaseException as error:  # also an interrupt: half a message may be sent
            log.warning("image process ended", error=repr(error))
            self.end()
            if isinstance(error, OSError | ValueError):  # TimeoutError is one
                raise DecodingFailedError from error
            raise
        if answer.outcome is Outcome.OUT_OF_MEMORY or self._images >= MAX_IMAGES_PER_PROCESS:
            self.end()
        return answer

    def end(self) -> None:
        """End the process, if there is one."""
        if self._socket is not None:
            self._socket.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = self._socket = None

    def _connection(self) -> socket.socket:
        if self._process is None or self._process.poll() is not None:
            self.end()
            self._start()
        assert self._socket is not None  # noqa: S101 -- for the type checker
        self._images += 1
        return self._socket

    def _start(self) -> None:
        """Start a new Python process: a fork would copy this one's locks and secrets."""
        ours, its = socket.socketpair()
        with closing(its):
            self._process = subprocess.Popen(  # noqa: S603 -- a constant command
                [sys.executable, "-I", "-B", "-c", _PROGRAM, _ROOT],
                stdin=its.fileno(),
                stdout=subprocess.DEVNULL,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                cwd="/",
            )
        self._socket, self._images = ours, 0


class Pool:
    """A pool of `processes` decoders for at most `threads` threads, waiting ones included.

    Thread-safe. No thread waits for a decoder longer than `wait_seconds`.
    """

    def __init__(
        self,
        *,
        processes: int,
        threads: int,
        wait_seconds: float = MAX_WAIT_SECONDS,
        decode_seconds: float = MAX_DECODE_SECONDS,
    ) -> None:
        self._wait_seconds = wait_seconds
        self._places = threading.Semaphore(threads)
        # Last in, first out: a site with few uploads runs a single process.
        self._idle: queue.LifoQueue[Decoder] = queue.LifoQueue()
        self.decoders = [Decoder(decode_seconds=decode_seconds) for _ in range(processes)]
        for decoder in self.decoders:
            self._idle.put(decoder)

    def decode(
        self, file: IO[bytes], *, length: int, side: int, square: bool, moving: bool = False
    ) -> Answer:
        """See `Decoder.decode`.

        Raises:
            PoolBusyError: all decoders are busy; nothing was read from `file`.
            DecodingFailedError: as `Decoder.decode`.
        """
        if not self._places.acquire(blocking=False):
            raise PoolBusyError
        try:
            try:
                decoder = self._idle.get(timeout=self._wait_seconds)
            except queue.Empty:
                raise PoolBusyError from None
            try:
                return decoder.decode(file, length=length, side=side, square=square, moving=moving)
            finally:
                self._idle.put(decoder)
        finally:
            self._places.release()

    def close(self) -> None:
        """End the idle processes. The others end when this process closes their sockets."""
        with suppress(queue.Empty):
            while True:
                self._idle.get_nowait().end()


def _send(connection: socket.socket, data: bytes, deadline: float) -> None:
    connection.settimeout(_left(deadline))
    connection.sendall(data)


def _receive_answer(
    connection: socket.socket, side: int, deadline: float, *, moving: bool
) -> Answer:
    """Read one answer and check all of it.

    Raises:
        ValueError: the answer is not valid for a request with this `side`.
        OSError: the connection ended, or the deadline passed.
    """
    header = _receive(connection, ANSWER.size, deadline)
    number, length, width, height, still_length = ANSWER.unpack(header)
    outcome = Outcome(number)
    if outcome is not Outcome.PREPARED:
        return Answer(outcome, width, height)
    if length + still_length > MAX_WEBP_BYTES or max(width, height) > side:
        raise ValueError(f"an image of {length} bytes, {width} by {height} pixels")
    content = _receive(connection, length, deadline)
    still = _receive(connection, still_length, deadline)
    max_frames = MAX_FRAMES if moving and still else 1
    sizes = {webp.size(content, max_frames=max_frames), *([webp.size(still)] if still else [])}
    if sizes != {(width, height)}:
        raise ValueError("an image of another size than promised")
    return Answer(outcome, width, height, content, still)


def _receive(connection: socket.socket, length: int, deadline: float) -> bytes:
    received = bytearray()
    while len(received) < length:
        connection.settimeout(_left(deadline))
        chunk = connection.recv(min(length - len(received), CHUNK_BYTES))
        if not chunk:
            raise ConnectionError("closed by the image process")
        received += chunk
    return bytes(received)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("an image took too long")
    return left


_lock = threading.Lock()
_pool: Pool | None = None


def pool() -> Pool:
    """Return the pool of this process, made on the first call. Uploads get half of the threads."""
    global _pool  # noqa: PLW0603 -- one for the process
    with _lock:
        if _pool is None:
            threads = max(1, settings.WEB_THREADS // 2)
            _pool = Pool(processes=settings.IMAGE_PROCESSES, threads=threads)
            atexit.register(_pool.close)
        return _pool


def _forget() -> None:
    """Drop the pool in a forked process: the decoders belong to the parent."""
    global _pool, _lock
    _pool, _lock = None, threading.Lock()


os.register_at_fork(after_in_child=_forget)
