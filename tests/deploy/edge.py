"""nginx with deploy/nginx.conf, in front of the site."""

import asyncio
import os
import re
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from email import message_from_bytes
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from pwd import getpwuid
from typing import Literal

import trustme

from feed.verification.http_client import Reply
from tests.processes import end_process, free_port, start_process, temporary_directory, wait_until

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx.conf"
NAME = "localhost"
Cache = Literal["off", "pages"]
INSIDE, OUTSIDE = "127.0.0.1", "127.0.0.2"  # client addresses, inside and outside EDGE_INSIDE


class Edge:
    """nginx in front of the address `site`, with a certificate that `tls` trusts."""

    def __init__(self, site: str, *, cache: Cache, static: Path | None = None) -> None:
        self.port, self.http_port = free_port(), free_port()
        self.second_host = _second_host()
        self.directory = temporary_directory("edge")
        authority = trustme.CA()
        self.tls = ssl.create_default_context()
        authority.configure_trust(self.tls)
        certificate = authority.issue_cert(NAME)
        self._names = {
            "NAME": NAME,
            "USER": getpwuid(os.geteuid()).pw_name,  # must have access to the test's directory
            "HTTP_PORT": f"127.0.0.1:{self.http_port}",
            "HTTPS_PORT": f"127.0.0.1:{self.port}",
            "HTTP_PORT_6": f"{_bracketed(self.second_host)}:{self.http_port}",
            "HTTPS_PORT_6": f"{_bracketed(self.second_host)}:{self.port}",
            "ACME": self.directory / "acme",
            "HSTS": "max-age=31536000",
            "CERTIFICATE": self.directory / "certificate.pem",
            "CERTIFICATE_KEY": self.directory / "key.pem",
            "SITE": site,
            "STATIC": static or self.directory / "no-static-files",
            "INSIDE": INSIDE,
            "CACHE": cache,
            "DIRECTORY": self.directory / "cache",
            "RUN": self.directory,
            "LOGS": self.directory,
        }
        (self.directory / "cache").mkdir()
        certificate.private_key_and_cert_chain_pem.write_to_path(self.directory / "key.pem")
        for blob in certificate.cert_chain_pems:
            blob.write_to_path(self.directory / "certificate.pem", append=True)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start nginx and wait until it answers.

        Raises:
            AssertionError: it ended, or did not answer in time; the error contains its log.
        """
        self._process = start_process(self._command(), log=self.directory / "nginx.log")
        wait_until(lambda: self._ended() or self._answers(), 10)
        assert not self._ended(), self.log()

    def check_configuration(self) -> str:
        """Return the output of `nginx -t`."""
        command = [*self._command(), "-t"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stderr

    def close(self) -> None:
        if self._process is not None:
            end_process(self._process, signal.SIGKILL)
            self._process = None

    def get(self, path: str, **headers: str) -> Reply:
        return self.request("GET", path, headers=headers)

    def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        client: str = INSIDE,
        tls: bool = True,
    ) -> Reply:
        """Send a request on a new connection from the address `client`; return the reply."""
        connection = self._connection(client, tls=tls)
        try:
            connection.request(method, path, body, headers or {})
            reply = connection.getresponse()
            return Reply(status=reply.status, headers=reply.headers, body=reply.read())
        finally:
            connection.close()

    def handshake(self, name: str) -> str | None:
        """Connect with this server name (SNI); return the negotiated protocol (ALPN).

        Raises:
            ssl.SSLError: the server refuses the name.
        """
        tls = ssl.create_default_context()
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
        tls.set_alpn_protocols(["h2", "http/1.1"])
        address = (INSIDE, self.port)
        with (
            socket.create_connection(address, timeout=10) as plain,
            tls.wrap_socket(plain, server_hostname=name) as encrypted,
        ):
            return encrypted.selected_alpn_protocol()

    def get_concurrently(self, count: int, path: str) -> list[Reply]:
        """Send `count` concurrent requests, after all connections are open; return the replies."""

        async def read(ready: asyncio.Barrier) -> bytes:
            reader, writer = await asyncio.open_connection(
                INSIDE, self.port, ssl=self.tls, server_hostname=NAME
            )
            await ready.wait()
            head = f"GET {path} HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode())
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
            return answer

        async def read_all() -> list[bytes]:
            ready = asyncio.Barrier(count)
            return await asyncio.gather(*(read(ready) for _ in range(count)))

        # On another thread, because Playwright may run an event loop on this one.
        with ThreadPoolExecutor(1) as thread:
            answers = thread.submit(lambda: asyncio.run(read_all())).result()
        return [_parsed(answer) for answer in answers]

    def wait_for_log(self, path: str, count: int) -> list[dict[str, str]]:
        """Wait for `count` log entries of requests to this path; return them in order.

        nginx writes an entry after the response, so the last entries may be late.
        """
        wait_until(lambda: len(self._logged(path)) >= count)
        return self._logged(path)

    def _logged(self, path: str) -> list[dict[str, str]]:
        lines = (self.directory / "access.log").read_text().splitlines()
        entries = [dict(pair.split("=", 1) for pair in shlex.split(line)) for line in lines]
        return [entry for entry in entries if entry["request"].split()[1] == path]

    def log(self) -> str:
        """Return nginx's error log."""
        names = ("nginx.log", "error.log")
        paths = [self.directory / name for name in names]
        return "".join(path.read_text() for path in paths if path.exists())

    def _command(self) -> list[str]:
        text = CONFIGURATION.read_text()
        for name, value in self._names.items():
            text = text.replace(f"${{EDGE_{name}}}", str(value))
        if os.geteuid():  # only root can change to another user
            text = re.sub(r"^user .*$", "", text, flags=re.MULTILINE)
        rendered = self.directory / "nginx.conf"
        rendered.write_text(text)
        binary = shutil.which("nginx") or "nginx"
        options = ["-g", "daemon off;", "-e", str(self.directory / "error.log")]
        return [binary, "-p", str(self.directory), "-c", str(rendered), *options]

    def _connection(self, client: str, *, tls: bool) -> HTTPConnection:
        if not tls:
            return HTTPConnection(NAME, self.http_port, timeout=10, source_address=(client, 0))
        return HTTPSConnection(
            NAME, self.port, timeout=10, source_address=(client, 0), context=self.tls
        )

    def _ended(self) -> bool:
        assert self._process
        return self._process.poll() is not None

    def _answers(self) -> bool:
        try:
            return self.request("GET", "/", tls=False).status == 308
        except (OSError, HTTPException):
            return False


def _second_host() -> str:
    """Return the loopback address of IPv6, or another one of IPv4 without IPv6."""
    with suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return "::1"
    return "127.0.0.3"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _parsed(answer: bytes) -> Reply:
    head, _, body = answer.partition(b"\r\n\r\n")
    status, _, headers = head.partition(b"\r\n")
    return Reply(
        status=int(status.split()[1]), headers=message_from_bytes(headers + b"\r\n\r\n"), body=body
    )
