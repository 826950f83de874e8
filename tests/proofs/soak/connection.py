"""A minimal HTTP/1.1 client over one persistent connection, fast enough for a million requests."""

import asyncio
import re
from dataclasses import dataclass

ANSWER_SECONDS = 15.0


class ConnectionFailed(Exception):  # noqa: N818 -- an event, which the caller expects
    """The connection broke, was refused, or was silent for 15 s."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    head: bytes
    body: bytes

    def header(self, name: bytes) -> str:
        """Return the value of a header, or an empty string. `name` is in lower case."""
        found = re.search(rb"\r\n" + name + rb": ([^\r]*)", self.head, re.IGNORECASE)
        return found[1].decode() if found else ""


class Connection(asyncio.Protocol):
    """One request at a time. `request` opens the connection if it is not open."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._buffer = b""

    async def request(self, request: bytes) -> Answer:
        """Send a request and return its answer.

        Raises:
            ConnectionFailed: No answer came. The request may or may not have been carried out.
        """
        loop = asyncio.get_running_loop()
        try:
            if self._transport is None:
                await loop.create_connection(lambda: self, "127.0.0.1", self.port)
            assert self._transport
            self._answer = loop.create_future()
            self._transport.write(request)
            watch = loop.call_later(ANSWER_SECONDS, self.close)
            try:
                return await self._answer
            finally:
                watch.cancel()
        except OSError as error:
            raise ConnectionFailed from error

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._buffer = transport, b""

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionFailed())

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end]
        found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        length = int(found[1]) if found else 0
        body = self._buffer[end + 4 :]
        if len(body) < length:
            return
        self._buffer = b""
        assert self._answer
        if not self._answer.done():
            self._answer.set_result(Answer(int(head[9:12]), head, body))
