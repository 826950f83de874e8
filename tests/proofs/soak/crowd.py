"""500 readers at one moment, of a page that is nowhere: one load, and all are answered."""

import asyncio
import time
from dataclasses import dataclass

from tests.proofs.soak.connection import Answer, Connection
from tests.proofs.soak.environment import Environment
from tests.proofs.soak.figures import Spread, spread

READERS = 500
# PostgreSQL counts what a session did once that has been idle for 10 s.
TOLD_SECONDS = 11.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Crowd:
    """`loads`: as PostgreSQL counted them; `fills`: as the workers did. A page differs from
    another in what it shows, and not in what comes with it."""

    readers: int
    answered: int
    pages: int
    loads: int
    fills: int
    latency: Spread


def all_at_once(environment: Environment, *, readers: int = READERS, limit: int) -> Crowd:
    """Ask all workers for a page of this length, which nobody may have asked for before."""
    fills, loads = environment.stats()["fills"], environment.database.loads()
    answers = asyncio.run(_read(environment, readers, f"/api/feed/?limit={limit}"))
    time.sleep(TOLD_SECONDS)
    return Crowd(
        readers=readers,
        answered=sum(answer.status == 200 for answer, _ in answers),
        pages=len({answer.body for answer, _ in answers}),
        loads=environment.database.loads() - loads,
        fills=environment.stats()["fills"] - fills,
        latency=spread(seconds for _, seconds in answers),
    )


async def _read(environment: Environment, readers: int, path: str) -> list[tuple[Answer, float]]:
    ready = asyncio.Barrier(readers)

    async def read(port: int) -> tuple[Answer, float]:
        connection = Connection(port)
        await connection.request(_request(port, "/health/live"))
        await ready.wait()
        started = time.monotonic()
        answer = await connection.request(_request(port, path))
        seconds = time.monotonic() - started
        connection.close()
        return answer, seconds

    ports = [site.port for site in environment.sites]
    return await asyncio.gather(*(read(ports[n % len(ports)]) for n in range(readers)))


def _request(port: int, path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
