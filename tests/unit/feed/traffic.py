"""Readers of a running site: continuous during an event, or many at one moment."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from tests.site import Site

FEED = "/api/feed/"

Workers = tuple[Site, Site]


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """One read: start and end (seconds of the monotonic clock), and the response.

    `status` is 0 if the connection broke before a response.
    """

    site: Site
    started: float
    ended: float
    status: int
    body: str

    def shows(self, word: str) -> bool:
        return word in self.body


@dataclass
class Traffic:
    """One reader for each site, sending one request after the other."""

    sites: Sequence[Site]
    path: str = FEED
    reads: list[Read] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator["Traffic"]:
        threads = [threading.Thread(target=self._read, args=[site]) for site in self.sites]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self.stopping.set()
            for thread in threads:
                thread.join()

    def since(self, moment: float) -> list[Read]:
        """Return the finished reads that started after this moment."""
        return [read for read in list(self.reads) if read.started > moment]

    def answered_by_all(self, count: int, moment: float) -> bool:
        """Whether every site has answered `count` reads that started after the moment."""
        reads = self.since(moment)
        return all(sum(read.site is site for read in reads) >= count for site in self.sites)

    def _read(self, site: Site) -> None:
        while not self.stopping.is_set():
            started = time.monotonic()
            try:
                reply = site.get(self.path)
                status, body = reply.status, reply.text
            except (OSError, HTTPException):
                status, body = 0, ""
            ended = time.monotonic()
            self.reads.append(
                Read(site=site, started=started, ended=ended, status=status, body=body)
            )


def all_at_once(sites: Sequence[Site], count: int, path: str = FEED) -> list[tuple[int, Any]]:
    """Return status and JSON of `count` simultaneous reads, on connections opened before."""

    async def read(site: Site, ready: asyncio.Barrier) -> tuple[int, Any]:
        place = urlsplit(site.url)
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        await ready.wait()
        request = f"GET {path} HTTP/1.1\r\nHost: {place.netloc}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode())
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        await writer.wait_closed()
        return int(head.split()[1]), json.loads(body)

    async def read_all() -> list[tuple[int, Any]]:
        ready = asyncio.Barrier(count)
        readers = (read(sites[n % len(sites)], ready) for n in range(count))
        return await asyncio.gather(*readers)

    # In a new thread: a browser test of the same run keeps an event loop in this one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(read_all())).result()
