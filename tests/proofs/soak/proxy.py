"""A proxy between one worker and Redis, in a separate process. It reads its mode from stdin.

`pass` forwards; `delay SECONDS` delays answers; `cut` closes all connections; `swallow` accepts
requests and never answers; `garbage` answers with invalid data; `kill PID` kills that process when
it bumps the generation, which it does after a commit, and does not forward the bump.
"""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import Literal

from tests.processes import free_port, temporary_directory, wait_until

Mode = Literal["pass", "delay", "cut", "swallow", "garbage", "kill"]
BUMP = b"\r\n$7\r\ncontent\r\n"


class Proxy:
    """Client side: starts the proxy process and sets its mode."""

    def __init__(self, upstream: int) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._upstream = upstream
        self._log = temporary_directory("proxy") / "proxy.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", __name__, str(self.port), str(self._upstream)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT
            )
        self._wait_for("ready")

    def set_mode(self, mode: Mode, value: float = 0) -> None:
        """Change the mode; return when the proxy has confirmed it."""
        assert self._process
        assert self._process.stdin
        before = self._log.stat().st_size
        self._process.stdin.write(f"{mode} {value}\n".encode())
        self._process.stdin.flush()
        self._wait_for(mode, before)

    def close(self) -> None:
        """End the process by closing its stdin."""
        if self._process is not None:
            self._process.communicate()
            self._process = None

    def _wait_for(self, word: str, after: int = 0) -> None:
        wait_until(lambda: word in self._log.read_text()[after:])


class _Server:
    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._mode: str = "pass"
        self._value = 0.0
        self._open: set[asyncio.StreamWriter] = set()

    async def follow_commands(self) -> None:
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            mode, value = line.split()
            self._mode, self._value = mode, float(value)
            if mode == "cut":
                for writer in self._open:
                    writer.transport.abort()
            print(mode, flush=True)  # noqa: T201 -- confirms the mode

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with suppress(OSError):
            if self._mode == "cut":
                writer.transport.abort()
                return
            upstream = await asyncio.open_connection("127.0.0.1", self._upstream)
            back = asyncio.create_task(self._forward_replies(upstream[0], writer))
            await self._forward_requests(reader, upstream[1], writer)
            upstream[1].close()
            await back
        writer.close()
        self._open.discard(writer)

    async def _forward_requests(
        self,
        reader: asyncio.StreamReader,
        upstream: asyncio.StreamWriter,
        client: asyncio.StreamWriter,
    ) -> None:
        while data := await reader.read(65_536):
            if self._mode == "kill" and BUMP in data:
                os.kill(int(self._value), signal.SIGKILL)
                self._mode = "pass"
                return
            if self._mode == "garbage":
                client.write(b"\x00what\xff is this?\r\n")
            elif self._mode != "swallow":
                upstream.write(data)

    async def _forward_replies(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                if self._mode == "delay":
                    await asyncio.sleep(self._value)
                if self._mode != "swallow":
                    writer.write(data)
            writer.close()


async def _main(port: int, upstream: int) -> None:
    server = _Server(upstream)
    async with await asyncio.start_server(server.serve, "127.0.0.1", port):
        print("ready", flush=True)  # noqa: T201 -- confirms the start
        await server.follow_commands()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), int(sys.argv[2])))
