"""A load generator for HEAD requests. wrk waits for the body that Content-Length announces.

It is slower than wrk, so only the server's CPU time can be compared with other figures.
"""

import selectors
import socket
import statistics
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from benchmarks.wrk import Load


def load(url: str, *, seconds: int, connections: int, headers: Mapping[str, str]) -> Load:
    """Send the next request on each connection as soon as it was answered, as wrk does."""
    target = urlsplit(url)
    lines = [f"HEAD {target.path} HTTP/1.1", f"Host: {target.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    request = "\r\n".join([*lines, "", ""]).encode()
    latencies: list[float] = []
    errors = 0
    with selectors.DefaultSelector() as ready:
        for _ in range(connections):
            client = socket.create_connection((target.hostname, target.port))
            client.sendall(request)
            ready.register(client, selectors.EVENT_READ, [time.perf_counter()])
        started = time.perf_counter()
        while (now := time.perf_counter()) - started < seconds:
            for key, _ in ready.select(timeout=1.0):
                client = key.fileobj  # type: ignore[assignment] # only sockets are registered
                # An answer without a body is short, so it arrives in one piece.
                errors += not client.recv(65_536).startswith(b"HTTP/1.1 200 ")
                latencies.append(now - key.data[0])
                key.data[0] = time.perf_counter()
                client.sendall(request)
        duration = time.perf_counter() - started
        for key in list(ready.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr] # the same
    cuts = statistics.quantiles(latencies, n=100)
    return Load(
        requests=len(latencies),
        seconds=duration,
        errors=errors,
        p50_ms=1e3 * cuts[49],
        p99_ms=1e3 * cuts[98],
        max_ms=1e3 * max(latencies),
    )
