"""Requests at a fixed rate: `python -m benchmarks.fixed_rate URL PER_SECOND SECONDS`.

wrk sends its next request after an answer, so a stalled server gets fewer requests and its stalls
hardly count (coordinated omission). Here each request has a due time, and its latency is measured
from that time.
"""

import json
import selectors
import socket
import statistics
import sys
import time
from collections import deque
from urllib.parse import urlsplit

CONNECTIONS = 32


class Client:
    """A connection with at most one request. `due` is the time at which it was to be sent."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = 0.0
        self.received = b""

    def answer(self) -> int | None:
        """Read; return the status of the answer once it is complete, else None.

        Raises:
            ConnectionError: the server closed the connection.
        """
        part = self.socket.recv(262_144)
        self.received += part
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not part:
            raise ConnectionError("the server closed the connection")
        if not found:
            return None
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if len(body) < int(length):
            return None
        self.received = b""
        return int(head.split(maxsplit=2)[1])


def main() -> None:
    url, rate, seconds = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
    target = urlsplit(url)
    request = f"GET {target.path} HTTP/1.1\r\nHost: {target.netloc}\r\n\r\n".encode()
    ready = selectors.DefaultSelector()
    free: deque[Client] = deque()
    for _ in range(CONNECTIONS):
        client = Client(str(target.hostname), int(target.port or 80))
        ready.register(client.socket, selectors.EVENT_READ, client)
        free.append(client)
    latencies: list[float] = []
    errors = sent = 0
    started = time.perf_counter()
    total = int(rate * seconds)
    while len(latencies) < total and time.perf_counter() - started < 2 * seconds:
        while free and sent < total and (due := started + sent / rate) <= time.perf_counter():
            client = free.popleft()
            client.due = due
            client.socket.sendall(request)
            sent += 1
        next_due = started + sent / rate if free and sent < total else time.perf_counter() + 0.05
        for key, _ in ready.select(max(0.0, next_due - time.perf_counter())):
            if (status := key.data.answer()) is not None:
                latencies.append(time.perf_counter() - key.data.due)
                errors += status >= 400  # noqa: PLR2004 -- the HTTP statuses of errors
                free.append(key.data)
    duration = time.perf_counter() - started
    cuts = statistics.quantiles(latencies, n=100)
    found = {"per_second": len(latencies) / duration, "errors": errors + total - len(latencies)}
    found |= {"p50_ms": 1e3 * cuts[49], "p99_ms": 1e3 * cuts[98], "max_ms": 1e3 * max(latencies)}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
