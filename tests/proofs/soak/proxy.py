"""A Redis that only one worker sees: a proxy in a process of its own, told by lines what to do.

`pass`, `delay SECONDS`, `cut` (what is open is closed, and what comes too), `swallow` (accepts, and
never answers), `garbage` (answers with what is no answer) and `kill PID`: ends that process by
SIGKILL when it bumps the generation, which it does right after a commit, and passes
nothing on of it.
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
    """The proxy as its starter sees it."""

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
        self._heard("ready")

    def tell(self, mode: Mode, value: float = 0) -> None:
        """Behave so from now on; returns when it does."""
        assert self._process
        assert self._process.stdin
        before = self._log.stat().st_size
        self._process.stdin.write(f"{mode} {value}\n".encode())
        self._process.stdin.flush()
        self._heard(mode, before)

    def close(self) -> None:
        """It ends when nobody can tell it anything any more."""
        if self._process is not None:
            self._process.communicate()
            self._process = None

    def _heard(self, word: str, after: int = 0) -> None:
        wait_until(lambda: word in self._log.read_text()[after:])


class _Proxying:
    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._mode: str = "pass"
        self._value = 0.0
        self._open: set[asyncio.StreamWriter] = set()

    async def obey(self) -> None:
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            mode, value = line.split()
            self._mode, self._value = mode, float(value)
            if mode == "cut":
                for writer in self._open:
                    writer.transport.abort()
            print(mode, flush=True)  # noqa: T201 -- the answer to who told it

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with suppress(OSError):
            if self._mode == "cut":
                writer.transport.abort()
                return
            upstream = await asyncio.open_connection("127.0.0.1", self._upstream)
            back = asyncio.create_task(self._back(upstream[0], writer))
            await self._forth(reader, upstream[1], writer)
            upstream[1].close()
            await back
        writer.close()
        self._open.discard(writer)

    async def _forth(
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

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                if self._mode == "delay":
                    await asyncio.sleep(self._value)
                if self._mode != "swallow":
                    writer.write(data)
            writer.close()


async def _main(port: int, upstream: int) -> None:
    proxying = _Proxying(upstream)
    async with await asyncio.start_server(proxying.serve, "127.0.0.1", port):
        print("ready", flush=True)  # noqa: T201 -- the same
        await proxying.obey()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), int(sys.argv[2])))
