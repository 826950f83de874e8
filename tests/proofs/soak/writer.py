"""A writer that repeats each change until it knows that the change is committed."""

import asyncio
import itertools
import json
import time
from typing import Any

import psycopg

from tests.proofs.soak.connection import Answer, Connection, ConnectionFailed
from tests.proofs.soak.environment import Environment
from tests.proofs.soak.journal import Journal, State, Version, Write
from tests.proofs.soak.page_parser import mark

RETRY_SECONDS = 0.2


class Writer:
    """The only writer of its register. It always uses the same worker.

    Posts cycle through three steps: create a second post, delete the first, edit the second. So no
    two versions are equal. A register of counts gets one comment after another.
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
        """Write the next version; return when it is known to be committed."""
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
            version.uncertain = True
            if found := await self._found(number):
                self._register.posts[number] = found
                break
        version.ended = time.monotonic()

    async def _found(self, number: int) -> str:
        """Return the id of the post with this number from the database, or an empty string.

        A page can't answer this: the failed attempt may have been committed by a worker that died
        before it announced the change, and then pages may lack the post until the TTL ends.
        """
        while True:
            try:
                return await asyncio.to_thread(self._in_database, mark(self._place, number))
            except psycopg.OperationalError:
                await asyncio.sleep(RETRY_SECONDS)

    def _in_database(self, content: str) -> str:
        found = self._database.ask(f"SELECT id FROM posts_post WHERE content = '{content}'")
        return str(found[0][0]) if found else ""

    async def _edit(self, version: Version, before: int, number: int) -> None:
        pk = self._register.posts[number] = self._register.posts.pop(before)
        change = {"content": mark(self._place, number)}
        while not await self._send("PATCH", f"/api/posts/{pk}/", change):
            version.uncertain = True
        version.ended = time.monotonic()

    async def _delete(self, version: Version, number: int) -> None:
        pk = self._register.posts.pop(number)
        while not await self._send("DELETE", f"/api/posts/{pk}/", gone_is_done=version.uncertain):
            version.uncertain = True
        version.ended = time.monotonic()

    async def _comment(self, version: Version, number: int) -> None:
        path = f"/api/posts/{self._register.posts[0]}/"
        while not await self._send("POST", f"{path}comments/", {"content": f"Comment {number}"}):
            version.uncertain = True
            while not (post := await self._send("GET", path)):
                pass
            if json.loads(post.body)["comments_count"] == number:
                break
        version.ended = time.monotonic()

    async def _send(
        self, method: str, path: str, body: Any = None, *, gone_is_done: bool = False
    ) -> Answer | None:
        """Send one request. Return None, after a pause, if it is not known to have succeeded."""
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
        except ConnectionFailed:
            pass
        ended = time.monotonic()
        if gone_is_done and status == 404:
            return answer
        if method != "GET":
            retry_after = answer.header(b"retry-after") if answer is not None else ""
            self._journal.writes.append(Write(started, ended, status, self._worker, retry_after))
        if 200 <= status < 300:
            return answer
        await asyncio.sleep(RETRY_SECONDS)
        return None
