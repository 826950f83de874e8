"""A load of HEAD requests. wrk can't: it waits for the body that Content-Length speaks of.

It is slower than wrk, so of its figures only the server's CPU time compares with others.
"""

import selectors
import socket
import statistics
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from benchmarks.wrk import Load


def load(url: str, *, seconds: int, connections: int, headers: Mapping[str, str]) -> Load:
    """Ask on each connection as soon as it has answered, as wrk does."""
    place = urlsplit(url)
    lines = [f"HEAD {place.path} HTTP/1.1", f"Host: {place.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    request = "\r\n".join([*lines, "", ""]).encode()
    took: list[float] = []
    errors = 0
    with selectors.DefaultSelector() as ready:
        for _ in range(connections):
            client = socket.create_connection((place.hostname, place.port))
            client.sendall(request)
            ready.register(client, selectors.EVENT_READ, [time.perf_counter()])
        started = time.perf_counter()
        while (now := time.perf_counter()) - started < seconds:
            for key, _ in ready.select(timeout=1.0):
                client = key.fileobj  # type: ignore[assignment] # only sockets are registered
                # An answer without a body is short: it comes in one piece.
                errors += not client.recv(65_536).startswith(b"HTTP/1.1 200 ")
                took.append(now - key.data[0])
                key.data[0] = time.perf_counter()
                client.sendall(request)
        lasted = time.perf_counter() - started
        for key in list(ready.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr] # the same
    cuts = statistics.quantiles(took, n=100)
    return Load(
        requests=len(took),
        seconds=lasted,
        errors=errors,
        p50_ms=1e3 * cuts[49],
        p99_ms=1e3 * cuts[98],
        max_ms=1e3 * max(took),
    )
