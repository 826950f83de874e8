"""An HTTP client for checks and tests: one request on one connection."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 10.0
# What `request` raises if no response comes.
NO_RESPONSE = (OSError, http.client.HTTPException)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """A response. `body` is as it was sent, which may be compressed."""

    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        """Return the parsed body.

        Raises:
            ValueError: The body is not JSON.
        """
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode()


def request(
    url: str,
    method: str,
    path: str,
    *,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> Reply:
    """Send one request on a new connection, so that any worker of the site may answer it.

    `url` is the site's address without a path; `body`, unless None, is sent as JSON. Redirects are
    not followed.

    Raises:
        OSError: No connection, or no response within `timeout_seconds`.
        http.client.HTTPException: What was received is not HTTP.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    connection_class = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = connection_class(parts.netloc, timeout=timeout_seconds)
    sent = dict(headers or {})
    content = None
    if body is not None:
        sent["Content-Type"] = "application/json"
        content = json.dumps(body)
    try:
        connection.request(method, path, content, sent)
        response = connection.getresponse()
        return Reply(status=response.status, headers=response.headers, body=response.read())
    finally:
        connection.close()
