"""Cut the connections of clients that stand still while the server waits for them.

The server closes a connection at rest, and one on which no whole head of a request arrives; for a
body, or for a client that takes no bytes, it waits for ever. Linux tells of each connection when
something was last sent on it, and how much has come: enough to find these from outside.
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

# No answer takes longer: the proxy gives up then, too (proxy_read_timeout).
SILENT_SECONDS = 30.0
# Who sends a body at this rate may take as long as it needs.
MIN_BYTES_PER_SECOND = 1_000
LOOK_SECONDS = 5.0

DESCRIPTORS = Path("/proc/self/fd")
ESTABLISHED = 1
# In struct tcp_info of linux/tcp.h.
_LAST_SENT_MS = struct.Struct("=I"), 44
_BYTES_RECEIVED = struct.Struct("=Q"), 128


class Stalled:
    """`port`: the server's own, by which its clients' connections are known."""

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
        # By inode: when a connection was first seen to owe something, and what had come by then.
        self._seen: dict[int, tuple[float, int]] = {}

    def cut(self) -> int:
        """Look at every connection once; return how many were cut.

        A connection is cut at the second look at the earliest.
        """
        seen, self._seen = self._seen, {}
        count = 0
        for connection in _connections(self._port):
            with connection, suppress(OSError):  # it may just have ended
                count += self._look(connection, seen)
        return count

    def _look(self, connection: socket.socket, seen: dict[int, tuple[float, int]]) -> bool:
        told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        last_sent_ms = _LAST_SENT_MS[0].unpack_from(told, _LAST_SENT_MS[1])[0]
        if told[0] != ESTABLISHED or last_sent_ms < self._silent_seconds * 1000:
            return False
        now, inode = self._clock(), os.fstat(connection.fileno()).st_ino
        received = _BYTES_RECEIVED[0].unpack_from(told, _BYTES_RECEIVED[1])[0]
        since, before = seen.get(inode, (now, received))
        if now > since and received - before < MIN_BYTES_PER_SECOND * (now - since):
            connection.shutdown(socket.SHUT_RDWR)
            return True
        self._seen[inode] = now, received
        return False


def _connections(port: int) -> Iterator[socket.socket]:
    """A copy of each of this process's connections whose own port is `port`."""
    for path in list(DESCRIPTORS.iterdir()):
        with suppress(OSError):
            if not str(path.readlink()).startswith("socket:"):
                continue
            # A copy: by now the number may be another file's, and soon may be again.
            connection = socket.socket(fileno=os.dup(int(path.name)))
            if connection.family in {socket.AF_INET, socket.AF_INET6} and (
                connection.getsockname()[1] == port
            ):
                yield connection
            else:
                connection.close()


def start(port: int) -> None:
    """Look every `LOOK_SECONDS` on a thread of this process, where there is Linux to tell."""
    if not hasattr(socket, "TCP_INFO") or not DESCRIPTORS.is_dir():
        return
    threading.Thread(target=_run, args=(Stalled(port),), name="feed-stalled", daemon=True).start()


def _run(stalled: Stalled) -> None:
    while True:
        time.sleep(LOOK_SECONDS)
        try:
            if count := stalled.cut():
                log.warning("cut clients that stood still", connections=count)
        except Exception:
            log.warning("could not look for clients that stand still", exc_info=True)
