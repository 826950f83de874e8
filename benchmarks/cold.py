"""Five hundred concurrent clients and an empty cache: answers, errors and page loads."""

import asyncio
import time
from collections import Counter

from benchmarks.machine import PEERS_PYTHON
from benchmarks.query_log import query_log
from benchmarks.results import Cell, Table
from benchmarks.servers import Running, Servers
from benchmarks.subjects import PLAIN, fastapi, ours

CLIENTS = 500


def run(servers: Servers, *, quick: bool) -> Table:
    clients = 50 if quick else CLIENTS
    targets = [
        ("ours, two workers", ours("ours-2", workers=2), "/api/feed/"),
        ("DRF, cache.get on django-redis", PLAIN, "/django-redis/"),
    ]
    if PEERS_PYTHON.exists() and not quick:
        targets += [
            (f"FastAPI, async Redis, pool of {size:,}", fastapi(size), "/feed")
            for size in (10, 1_000)
        ]
    rows: list[list[Cell]] = []
    with query_log(servers.environment) as queries:
        for name, server, path in targets:
            running = servers.start_with_empty_cache(server, path)
            queries.reset()
            statuses, last_ms = asyncio.run(_request_concurrently(running, path, clients))
            errors = clients - statuses[200]
            rows.append([name, statuses[200], errors, queries.page_loads(), last_ms])
    return Table(
        name="cold",
        title=f"{clients} concurrent clients, empty cache",
        says="All connections are open before the first request is sent. "
        "The self-check of each of our workers may add one load in 5 s.",
        columns=["", "answered", "errors", "page loads in the database", "ms to the last answer"],
        rows=rows,
    )


async def _request_concurrently(
    running: Running, path: str, clients: int
) -> tuple[Counter[int], float]:
    """Return the number of answers by status (0: lost connection), and ms to the last answer."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()

    async def read(ready: asyncio.Barrier) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        await ready.wait()
        try:
            writer.write(request)
            answer = await asyncio.wait_for(reader.read(), timeout=30)
            return int(answer.split(maxsplit=2)[1])
        except (OSError, IndexError, TimeoutError):
            return 0
        finally:
            writer.close()

    ready = asyncio.Barrier(clients + 1)
    tasks = [asyncio.create_task(read(ready)) for _ in range(clients)]
    await ready.wait()
    started = time.perf_counter()
    statuses = Counter(await asyncio.gather(*tasks))
    return statuses, 1e3 * (time.perf_counter() - started)
