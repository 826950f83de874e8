"""Close connections of stalled clients: the server waits for them, and they make no progress.

The server closes an idle connection, and one without a complete request head. For a body, and for a
client that reads nothing, it waits for ever. Linux reports for each connection the time of the last
send and the bytes received (TCP_INFO). That is enough to find such connections from outside.
"""

import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import structlog

log = structlog.stdlib.get_logger(__name__)

# No response takes longer: the proxy stops waiting then, too (proxy_read_timeout).
SILENT_SECONDS = 30.0
# A client that sends a body at this rate is never stalled.
MIN_BYTES_PER_SECOND = 1_000
CHECK_INTERVAL_SECONDS = 5.0

DESCRIPTORS = Path("/proc/self/fd")
ESTABLISHED = 1
# Type and offset in struct tcp_info of linux/tcp.h.
_LAST_SENT_MS = struct.Struct("=I"), 44
_BYTES_RECEIVED = struct.Struct("=Q"), 128


class StalledConnections:
    """The stalled connections of this process whose local port is `port`, the server's."""

    def __init__(
        self,
        port: int,
        *,
        silent_seconds: float = SILENT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._port = port
        self._silent_seconds = silent_seconds
        self._clock = clock
        # Candidates by inode: time of the first check that found them silent, bytes received then.
        self._seen: dict[int, tuple[float, int]] = {}

    def close(self) -> int:
        """Check each connection once; close the stalled ones and return their number.

        A connection is closed at its second check at the earliest.
        """
        seen, self._seen = self._seen, {}
        count = 0
        for connection in _connections(self._port):
            with connection, suppress(OSError):  # the client may have closed it meanwhile
                count += self._check(connection, seen)
        return count

    def _check(self, connection: socket.socket, seen: dict[int, tuple[float, int]]) -> bool:
        tcp_info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        last_sent_ms = _LAST_SENT_MS[0].unpack_from(tcp_info, _LAST_SENT_MS[1])[0]
        if tcp_info[0] != ESTABLISHED or last_sent_ms < self._silent_seconds * 1000:
            return False
        now, inode = self._clock(), os.fstat(connection.fileno()).st_ino
        received = _BYTES_RECEIVED[0].unpack_from(tcp_info, _BYTES_RECEIVED[1])[0]
        since, before = seen.get(inode, (now, received))
        if now > since and received - before < MIN_BYTES_PER_SECOND * (now - since):
            connection.shutdown(socket.SHUT_RDWR)
            return True
        self._seen[inode] = now, received
        return False


def _connections(port: int) -> Iterator[socket.socket]:
    """Yield a duplicate of each connection of this process whose local port is `port`."""
    for path in list(DESCRIPTORS.iterdir()):
        with suppress(OSError):
            if not str(path.readlink()).startswith("socket:"):
                continue
            # A duplicate stays the same connection. The number can be reused at any time, so the
            # family and port are checked on the duplicate.
            connection = socket.socket(fileno=os.dup(int(path.name)))
            if connection.family in {socket.AF_INET, socket.AF_INET6} and (
                connection.getsockname()[1] == port
            ):
                yield connection
            else:
                connection.close()


def start(port: int) -> None:
    """Check every `CHECK_INTERVAL_SECONDS` on a thread of this process. Only on Linux."""
    if not hasattr(socket, "TCP_INFO") or not DESCRIPTORS.is_dir():
        return
    stalled = StalledConnections(port)
    threading.Thread(target=_run, args=(stalled,), name="feed-stalled", daemon=True).start()


def _run(stalled: StalledConnections) -> None:
    while True:
        time.sleep(CHECK_INTERVAL_SECONDS)
        try:
            if count := stalled.close():
                log.warning("stalled client connections closed", connections=count)
        except Exception:
            log.warning("check for stalled client connections failed", exc_info=True)
