"""A mail server for tests, which stores messages or fails in a chosen way."""

import socket
import threading
from types import TracebackType
from typing import Literal, Self

Behaviour = Literal["accepts", "hangs", "refuses recipients", "disconnects"]


class MailServer:
    """The part of SMTP that Django uses, on a free port. Use it in a `with`."""

    def __init__(self, behaviour: Behaviour = "accepts") -> None:
        self.behaviour = behaviour
        self.messages: list[str] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def recover(self) -> None:
        """Accept messages from now on, and close the connections that hang."""
        self.behaviour = "accepts"
        for connection in self._open:
            connection.close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
        for connection in self._open:
            connection.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            if self.behaviour == "hangs":
                continue  # the client waits for a greeting
            if self.behaviour == "disconnects":
                connection.close()
                continue
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb") as stream:

            def say(line: str) -> None:
                stream.write(line.encode() + b"\r\n")
                stream.flush()

            say("220 test")
            for line in stream:
                command = line.split()[0].upper() if line.split() else b""
                if command == b"DATA":
                    say("354 send the message")
                    text = b""
                    while not text.endswith(b"\r\n.\r\n"):
                        text += stream.readline()
                    self.messages.append(text.decode())
                    say("250 accepted")
                elif command == b"RCPT" and self.behaviour == "refuses recipients":
                    say("550 no such mailbox")
                elif command == b"QUIT":
                    say("221 bye")
                    return
                else:
                    say("250 test")
