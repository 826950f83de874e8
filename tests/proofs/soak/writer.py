"""A writer that knows what it has written: it tries each change until it is sure of it."""

import asyncio
import itertools
import json
import time
from typing import Any

import psycopg

from tests.proofs.soak.connection import Answer, Broken, Connection
from tests.proofs.soak.environment import Environment
from tests.proofs.soak.journal import Journal, State, Version, Write
from tests.proofs.soak.page_parser import mark

AGAIN_SECONDS = 0.2


class Writer:
    """The only one to change its register, always through the same worker.

    Posts go round in three steps: a new one beside the old one, the old one's end, an edit. So no
    two versions look the same. A register of counts gets one comment after the other.
    """

    def __init__(self, environment: Environment, journal: Journal, place: int) -> None:
        self._journal = journal
        self._place = place
        self._register = environment.registers[place]
        self._worker = self._register.worker
        self._database = environment.database
        self._port = environment.sites[self._worker].port
        self._connection = Connection(self._port)
        tokens = environment.tokens[self._worker]
        self._tokens = itertools.cycle(tokens[place:] + tokens[:place])

    async def write(self) -> None:
        """The next version; returns when it is committed for sure."""
        number, state = len(self._register.versions), self._register.versions[-1].state
        if isinstance(state, int):
            await self._comment(self._begin(number), number)
            return
        alive = sorted(state)
        if len(alive) == 2:
            await self._delete(self._begin(frozenset(alive[1:])), alive[0])
        elif alive and alive[0] != number - 1:
            await self._edit(self._begin(frozenset([number])), alive[0], number)
        else:
            await self._create(self._begin(frozenset([*alive, number])), number)

    def close(self) -> None:
        self._connection.close()

    def _begin(self, state: State) -> Version:
        version = Version(state, started=time.monotonic())
        self._register.versions.append(version)
        return version

    async def _create(self, version: Version, number: int) -> None:
        while True:
            answer = await self._send("POST", "/api/posts/", {"content": mark(self._place, number)})
            if answer is not None:
                self._register.posts[number] = json.loads(answer.body)["id"]
                break
            version.unsure = True
            if found := await self._found(number):
                self._register.posts[number] = found
                break
        version.ended = time.monotonic()

    async def _found(self, number: int) -> str:
        """The post of this number, if it is there after all: as the database has it.

        No page can tell. An attempt that failed may have been committed by a worker that died
        before it told anybody, and until the TTL ends it, every page may be of before that.
        """
        while True:
            try:
                return await asyncio.to_thread(self._in_database, mark(self._place, number))
            except psycopg.OperationalError:
                await asyncio.sleep(AGAIN_SECONDS)

    def _in_database(self, content: str) -> str:
        found = self._database.ask(f"SELECT id FROM posts_post WHERE content = '{content}'")
        return str(found[0][0]) if found else ""

    async def _edit(self, version: Version, before: int, number: int) -> None:
        pk = self._register.posts[number] = self._register.posts.pop(before)
        change = {"content": mark(self._place, number)}
        while not await self._send("PATCH", f"/api/posts/{pk}/", change):
            version.unsure = True
        version.ended = time.monotonic()

    async def _delete(self, version: Version, number: int) -> None:
        pk = self._register.posts.pop(number)
        while not await self._send("DELETE", f"/api/posts/{pk}/", gone_is_done=version.unsure):
            version.unsure = True
        version.ended = time.monotonic()

    async def _comment(self, version: Version, number: int) -> None:
        path = f"/api/posts/{self._register.posts[0]}/"
        while not await self._send("POST", f"{path}comments/", {"content": f"Comment {number}"}):
            version.unsure = True
            while not (post := await self._send("GET", path)):
                pass
            if json.loads(post.body)["comments_count"] == number:
                break
        version.ended = time.monotonic()

    async def _send(
        self, method: str, path: str, body: Any = None, *, gone_is_done: bool = False
    ) -> Answer | None:
        """One attempt; None if it is not known to be carried out, after a pause."""
        content = json.dumps(body).encode() if body is not None else b""
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
            f"Authorization: Bearer {next(self._tokens)}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        started, answer, status = time.monotonic(), None, 0
        try:
            answer = await self._connection.request(head.encode() + content)
            status = answer.status
        except Broken:
            pass
        ended = time.monotonic()
        if gone_is_done and status == 404:
            return answer
        if method != "GET":
            again = answer.header(b"retry-after") if answer is not None else ""
            self._journal.writes.append(Write(started, ended, status, self._worker, again))
        if 200 <= status < 300:
            return answer
        await asyncio.sleep(AGAIN_SECONDS)
        return None
