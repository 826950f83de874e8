"""The deployment under verification: over HTTP, and by what this process shares with it."""

import http.client
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.message import Message
from enum import Enum
from itertools import cycle, islice
from typing import Any
from urllib.parse import urlsplit

import redis
from django.conf import settings

from feed.cache import feed_cache

HTTP_TIMEOUT_SECONDS = 10.0
# The contract's X: by when a change is in every read anywhere, if Redis answers.
VISIBLE_SECONDS = 0.1
# Which worker gets a connection is chance: with so many for each, none of them stays unasked.
READS_PER_WORKER = 12


class Failed(Exception):  # noqa: N818 -- what a check found, in words; it is expected
    """A promise is not kept: how it shows."""


class Skipped(Exception):  # noqa: N818 -- the same
    """A promise can't be verified here: why."""


class RedisState(Enum):
    ANSWERS = "it answers"
    AWAY = "Redis is configured and does not answer"
    NONE = "no Redis is configured"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(kw_only=True)
class Site:
    """`url` is where it is; `redis` is how this process finds Redis; `workers` serve it."""

    url: str
    redis: RedisState
    workers: int = field(default_factory=lambda: settings.WEB_WORKERS)

    def request(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        token: str = "",
        if_none_match: str = "",
    ) -> Reply:
        """One request on a connection of its own, so that any worker may get it. `body`: JSON.

        Raise `OSError` or `http.client.HTTPException` if no answer comes.
        """
        parts = urlsplit(self.url)
        secure = parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(parts.netloc, timeout=HTTP_TIMEOUT_SECONDS)
        headers = {"Connection": "close"}
        if if_none_match:
            headers["If-None-Match"] = if_none_match
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body)
        try:
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            return Reply(status=reply.status, headers=reply.headers, body=reply.read())
        finally:
            connection.close()

    def get(
        self, path: str, *, status: int = 200, token: str = "", if_none_match: str = ""
    ) -> Reply:
        """Raise `Failed` if the answer has another status."""
        reply = self.request("GET", path, token=token, if_none_match=if_none_match)
        if reply.status != status:
            raise Failed(f"GET {path} answered {reply.status}: {excerpt(reply)}")
        return reply

    @property
    def shared(self) -> bool:
        """Whether workers, this process among them, hear of each other's writes."""
        return self.redis is RedisState.ANSWERS

    @property
    def visible_seconds(self) -> float:
        """How long after its commit a change made through the site is in every worker's reads."""
        alone = self.redis is RedisState.NONE and self.workers == 1
        away_seconds: float = settings.FEED["AWAY_TTL_SECONDS"]
        return VISIBLE_SECONDS if self.shared or alone else away_seconds

    @property
    def reads(self) -> int:
        """How many it takes until every worker has answered some; with one worker to spare."""
        return READS_PER_WORKER * (self.workers + 1)

    def need_redis(self) -> None:
        if not self.shared:
            raise Skipped(self.redis.value)

    def everywhere(
        self,
        shows: Callable[[Reply], bool],
        paths: Sequence[str],
        *,
        committed_at: float,
        within_seconds: float,
    ) -> None:
        """Read again and again, from `within_seconds` after the commit on.

        Raise `Failed` if any of these reads does not show the change.
        """
        time.sleep(max(0.0, committed_at + within_seconds - time.monotonic()))
        reads = self.reads
        old: list[str] = []
        for path in islice(cycle(paths), reads):
            reply = self.request("GET", path)
            if reply.status not in {200, 404}:
                raise Failed(f"GET {path} answered {reply.status}: {excerpt(reply)}")
            if not shows(reply):
                old.append(path)
        if old:
            raise Failed(
                f"{len(old)} of {reads} reads begun {within_seconds:g} s after it or later were"
                f" still old, of {', '.join(sorted(set(old)))}"
            )


def excerpt(reply: Reply) -> str:
    """The beginning of a body, on one line."""
    return " ".join(reply.body[:200].decode(errors="replace").split()) or "(empty)"


def look_at_redis() -> RedisState:
    """How this process, in the deployment's environment, finds Redis."""
    store = feed_cache().store
    if store is None:
        return RedisState.NONE
    try:
        store.ping()
    except redis.RedisError:
        return RedisState.AWAY
    return RedisState.ANSWERS


def until(condition: Callable[[], str], *, seconds: float) -> None:
    """Return when `condition` has nothing left to object; raise `Failed` with what it objects."""
    end = time.monotonic() + seconds
    while objection := condition():
        if time.monotonic() >= end:
            raise Failed(objection)
        time.sleep(0.1)
