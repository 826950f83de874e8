"""500 readers request an uncached page at one moment: one load, and all get an answer."""

import asyncio
import time
from dataclasses import dataclass

from tests.proofs.soak.connection import Answer, Connection
from tests.proofs.soak.environment import Environment
from tests.proofs.soak.figures import Spread, spread

READERS = 500
# PostgreSQL publishes the statistics of a session after it has been idle for 10 s.
STATISTICS_DELAY_SECONDS = 11.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ColdBurst:
    """The result. `loads`: counted by PostgreSQL; `fills`: by the workers; `pages`: number of
    different bodies."""

    readers: int
    answered: int
    pages: int
    loads: int
    fills: int
    latency: Spread


def read_all_at_once(environment: Environment, *, readers: int = READERS, limit: int) -> ColdBurst:
    """Read a page with this `limit` from all workers. No earlier read may have used that limit."""
    fills, loads = environment.stats()["fills"], environment.database.loads()
    answers = asyncio.run(_read(environment, readers, f"/api/feed/?limit={limit}"))
    time.sleep(STATISTICS_DELAY_SECONDS)
    return ColdBurst(
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
