"""A line between a browser and the site: slow, cut, or without answers, as a test wants it."""

import socket
import threading
import time
from contextlib import suppress

CHUNK_BYTES = 8_192


class Line:
    """A TCP proxy on a port of its own. Its attributes may change while it runs.

    `max_bytes`: as many bytes still reach the site; then the connection that sends more is cut.
    `is_answering`: whether answers reach the browser; without, their connection is cut.
    `bytes_per_second`: how fast the browser's bytes travel; None is as fast as possible.
    """

    def __init__(self, site_port: int) -> None:
        self._site = ("127.0.0.1", site_port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.max_bytes: float = float("inf")
        self.is_answering = True
        self.bytes_per_second: float | None = None
        self.sent_bytes = 0  # by the browser
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Close the line and all its connections."""
        for one in (self._listener, *self._connections):
            _cut(one)

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                browser, _ = self._listener.accept()
                site = socket.create_connection(self._site)
                self._connections += [browser, site]
                threading.Thread(target=self._send, args=(browser, site), daemon=True).start()
                threading.Thread(target=self._answer, args=(site, browser), daemon=True).start()

    def _send(self, browser: socket.socket, site: socket.socket) -> None:
        with suppress(OSError):
            while data := browser.recv(CHUNK_BYTES):
                if len(data) > self.max_bytes:
                    break
                self.max_bytes -= len(data)
                self.sent_bytes += len(data)
                if self.bytes_per_second:
                    time.sleep(len(data) / self.bytes_per_second)  # this is the slow line itself
                site.sendall(data)
        _cut(browser)
        _cut(site)

    def _answer(self, site: socket.socket, browser: socket.socket) -> None:
        with suppress(OSError):
            while (data := site.recv(CHUNK_BYTES)) and self.is_answering:
                browser.sendall(data)
        _cut(browser)
        _cut(site)


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
