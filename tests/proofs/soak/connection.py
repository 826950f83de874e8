"""HTTP/1.1 over one connection that is kept: as little as a million requests need."""

import asyncio
import re
from dataclasses import dataclass

ANSWER_SECONDS = 15.0


class Broken(Exception):  # noqa: N818 -- what happened to the connection
    """The connection broke, was refused, or stayed silent for 15 s."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    head: bytes
    body: bytes

    def header(self, name: bytes) -> str:
        """Its value; empty without one. `name` in lower case."""
        found = re.search(rb"\r\n" + name + rb": ([^\r]*)", self.head, re.IGNORECASE)
        return found[1].decode() if found else ""


class Connection(asyncio.Protocol):
    """One request at a time. It is opened by the first one, and again after it broke."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._buffer = b""

    async def request(self, request: bytes) -> Answer:
        """Send the bytes of a request; its answer.

        Raises:
            Broken: there is none. Whether the request was carried out is unknown.
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
            raise Broken from error

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._buffer = transport, b""

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Broken())

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
