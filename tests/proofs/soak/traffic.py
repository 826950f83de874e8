"""Readers and writers of an environment, on a separate thread, at given rates."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.proofs.soak.connection import Connection, ConnectionFailed
from tests.proofs.soak.environment import Environment
from tests.proofs.soak.journal import Journal, Read
from tests.proofs.soak.page_parser import PageParser
from tests.proofs.soak.writer import Writer

# The pages that a reader requests in turn: mostly the most popular page.
PAGES = ("/api/feed/",) * 15 + ("/api/feed/?limit=50",) * 3 + ("/", "token")
TICK_SECONDS = 0.05
END_SECONDS = 30.0  # time for the last writes


class Traffic:
    """Traffic to all workers. `readers`: per worker. `reads_per_second` 0: no limit.

    `lateness`: the longest delay of a timer in this process, in seconds. Latencies are no more
    precise than that.
    """

    def __init__(
        self,
        environment: Environment,
        *,
        readers: int = 4,
        reads_per_second: float = 0,
        writes_per_second: float = 10,
    ) -> None:
        self.environment = environment
        self.readers = readers
        self.reads_per_second = reads_per_second
        self.writes_per_second = writes_per_second
        self.journal: Journal = environment.journal()
        self.lateness = 0.0
        self._parser = PageParser(environment.registers)
        self._stopping = threading.Event()
        self._writes_paused = threading.Event()

    @contextmanager
    def running(self) -> Iterator["Traffic"]:
        """Run traffic inside the `with`. At its end all writes that began have been completed."""
        failed: list[BaseException] = []

        def run() -> None:
            try:
                asyncio.run(self._run())
            except BaseException as error:  # noqa: BLE001 -- raised below, in the main thread
                failed.append(error)

        thread = threading.Thread(target=run, name="traffic", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._stopping.set()
            thread.join(END_SECONDS)
            assert not thread.is_alive(), f"Writes still fail: {self.journal.writes[-3:]}"
            self.journal.redis_outages = self.environment.redis_outages()
        if failed:
            raise failed[0]

    @contextmanager
    def pause_writes(self) -> Iterator[None]:
        """Stop writes inside the `with`: a later change would hide a lost invalidation."""
        self._writes_paused.set()
        try:
            yield
        finally:
            self._writes_paused.clear()

    async def _run(self) -> None:
        workers = range(len(self.environment.sites))
        writers = [
            Writer(self.environment, self.journal, n)
            for n in range(len(self.environment.registers))
        ]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tick())
            for worker in workers:
                for number in range(self.readers):
                    tasks.create_task(self._read(worker, number))
            if self.writes_per_second:
                pause = len(writers) / self.writes_per_second
                for place, writer in enumerate(writers):
                    tasks.create_task(self._write(writer, pause, pause * place / len(writers)))

    async def _write(self, writer: Writer, pause: float, due: float) -> None:
        due += time.monotonic()
        while await self._paced(due):
            if not self._writes_paused.is_set():
                await writer.write()
            due = max(due + pause, time.monotonic())
        writer.close()

    async def _read(self, worker: int, number: int) -> None:
        site = self.environment.sites[worker]
        connection = Connection(site.port)
        token = self.environment.tokens[worker][0]
        requests = [(page, self._request(site.port, page, token)) for page in PAGES]
        all_readers = self.readers * len(self.environment.sites)
        pause = all_readers / self.reads_per_second if self.reads_per_second else 0.0
        turn, due = number * 5, time.monotonic() + pause * number / self.readers
        while await self._paced(due):
            page, request = requests[turn % len(requests)]
            turn += 1
            self.journal.reads.append(await self._ask(connection, worker, page, request))
            due = max(due + pause, time.monotonic()) if pause else 0.0
        connection.close()

    async def _ask(self, connection: Connection, worker: int, page: str, request: bytes) -> Read:
        personal = page == "token"
        started = time.monotonic()
        try:
            answer = await connection.request(request)
        except ConnectionFailed:
            ended = time.monotonic()
            await asyncio.sleep(TICK_SECONDS)  # the worker restarts
            return Read(started, ended, 0, worker, page, personal=personal)
        ended = time.monotonic()
        if answer.status != 200:
            return Read(started, ended, answer.status, worker, page, personal=personal)
        age, served = answer.header(b"age"), answer.header(b"cache-status")
        view = self._parser.view(answer.body)
        return Read(started, ended, 200, worker, page, view, int(age or 0), served, personal)

    async def _paced(self, due: float) -> bool:
        """Wait until `due`; return False if the traffic should stop."""
        if (pause := due - time.monotonic()) > 0:
            await asyncio.sleep(pause)
        return not self._stopping.is_set()

    async def _tick(self) -> None:
        while not self._stopping.is_set():
            due = time.monotonic() + TICK_SECONDS
            await asyncio.sleep(TICK_SECONDS)
            self.lateness = max(self.lateness, time.monotonic() - due)

    def _request(self, port: int, page: str, token: str) -> bytes:
        path, sent = page, ""
        if page == "token":
            path, sent = "/api/feed/", f"Authorization: Bearer {token}\r\n"
        return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{sent}\r\n".encode()
