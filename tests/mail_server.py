"""A mail server of a test's own: it keeps what it is sent, or fails in a way of its choice."""

import socket
import threading
from types import TracebackType
from typing import Literal, Self

Behaviour = Literal["takes", "hangs", "refuses recipients", "breaks off"]


class MailServer:
    """SMTP on a free port, as far as Django speaks it. Use it in a `with`."""

    def __init__(self, behaviour: Behaviour = "takes") -> None:
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
            if self.behaviour == "breaks off":
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
                    say("354 go on")
                    text = b""
                    while not text.endswith(b"\r\n.\r\n"):
                        text += stream.readline()
                    self.messages.append(text.decode())
                    say("250 taken")
                elif command == b"RCPT" and self.behaviour == "refuses recipients":
                    say("550 nobody of that name here")
                elif command == b"QUIT":
                    say("221 bye")
                    return
                else:
                    say("250 test")
