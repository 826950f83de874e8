"""Five hundred clients at one moment, and nothing cached: who is answered, and who loads."""

import asyncio
import time
from collections import Counter

from benchmarks.machine import PEERS_PYTHON
from benchmarks.questions import asked
from benchmarks.results import Cell, Table
from benchmarks.servers import Running, Servers
from benchmarks.subjects import PLAIN, fastapi, ours

CLIENTS = 500


def run(servers: Servers, *, quick: bool) -> Table:
    clients = 50 if quick else CLIENTS
    places = [
        ("ours, two workers", ours("ours-2", workers=2), "/api/feed/"),
        ("DRF, cache.get on django-redis", PLAIN, "/django-redis/"),
    ]
    if PEERS_PYTHON.exists() and not quick:
        places += [
            (f"FastAPI, async Redis, pool of {size:,}", fastapi(size), "/feed")
            for size in (10, 1_000)
        ]
    rows: list[list[Cell]] = []
    with asked(servers.environment) as questions:
        for name, server, path in places:
            running = servers.start(server).wait()
            running.ask(path)
            servers.environment.forget(server.redis)
            questions.forget()
            statuses, last_ms = asyncio.run(_all_at_once(running, path, clients))
            wrong = clients - statuses[200]
            rows.append([name, statuses[200], wrong, questions.page_loads(), last_ms])
    return Table(
        name="cold",
        title=f"{clients} cold clients at once",
        says="All connections are open before the first request is sent; the cache is empty. "
        "Each of our workers may add the load of its self-check, one in 5 s.",
        columns=["", "answered", "errors", "page loads in the database", "ms to the last answer"],
        rows=rows,
    )


async def _all_at_once(running: Running, path: str, clients: int) -> tuple[Counter[int], float]:
    """How many answers of each status (0: the connection broke), and how long they took (ms)."""
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
