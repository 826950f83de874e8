"""The deployment under verification: over HTTP, and by what this process shares with it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import cycle, islice
from typing import Any

import redis
from django.conf import settings

from feed.cache import feed_cache, feed_policy
from feed.errors import CheckFailedError, CheckSkippedError
from feed.verification import http_client
from feed.verification.http_client import Reply

# The contract's X: with Redis, every read that starts this long after a commit shows the change.
VISIBLE_SECONDS = 0.1
# Which worker gets a connection is random. With this many reads, each worker is reached.
READS_PER_WORKER = 12


class RedisState(Enum):
    """How this process finds Redis, as a clause for messages."""

    ANSWERS = "it answers"
    AWAY = "Redis is configured and does not answer"
    NONE = "no Redis is configured"


@dataclass(kw_only=True)
class Deployment:
    """A running site.

    `url` is its address, `redis` is how this process finds Redis, and `workers` is the number of
    processes that serve the site.
    """

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
        """Send one request, optionally with a token; see `http_client.request`.

        Raises:
            OSError, http.client.HTTPException: No response came.
        """
        headers = {}
        if if_none_match:
            headers["If-None-Match"] = if_none_match
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return http_client.request(self.url, method, path, body=body, headers=headers)

    def get(
        self, path: str, *, status: int = 200, token: str = "", if_none_match: str = ""
    ) -> Reply:
        """Send a GET and expect `status`.

        Raises:
            CheckFailedError: The response has another status.
        """
        reply = self.request("GET", path, token=token, if_none_match=if_none_match)
        if reply.status != status:
            raise CheckFailedError(f"GET {path} answered {reply.status}: {excerpt(reply)}")
        return reply

    @property
    def shared(self) -> bool:
        """Whether the workers and this process get each other's invalidations."""
        return self.redis is RedisState.ANSWERS

    @property
    def visible_seconds(self) -> float:
        """Seconds after its commit until every worker's reads show a change made by the site."""
        single_process = self.redis is RedisState.NONE and self.workers == 1
        if self.shared or single_process:
            return VISIBLE_SECONDS
        return feed_policy().away_ttl_seconds

    @property
    def reads(self) -> int:
        """Number of reads that reach every worker, with a margin of one worker."""
        return READS_PER_WORKER * (self.workers + 1)

    def require_redis(self) -> None:
        """Skip the check unless Redis answers.

        Raises:
            CheckSkippedError: Redis does not answer, or none is configured.
        """
        if not self.shared:
            raise CheckSkippedError(self.redis.value)

    def expect_everywhere(
        self,
        shows: Callable[[Reply], bool],
        paths: Sequence[str],
        *,
        committed_at: float,
        within_seconds: float,
    ) -> None:
        """Wait until `within_seconds` after the commit, then read from every worker.

        `committed_at` is in seconds of `time.monotonic`.

        Raises:
            CheckFailedError: One of these reads does not show the change.
        """
        time.sleep(max(0.0, committed_at + within_seconds - time.monotonic()))
        reads = self.reads
        old: list[str] = []
        for path in islice(cycle(paths), reads):
            reply = self.request("GET", path)
            if reply.status not in {200, 404}:
                raise CheckFailedError(f"GET {path} answered {reply.status}: {excerpt(reply)}")
            if not shows(reply):
                old.append(path)
        if old:
            raise CheckFailedError(
                f"{len(old)} of {reads} reads begun {within_seconds:g} s after it or later were"
                f" still old, of {', '.join(sorted(set(old)))}"
            )


def excerpt(reply: Reply) -> str:
    """Return the first 200 bytes of a body as one line of text."""
    return " ".join(reply.body[:200].decode(errors="replace").split()) or "(empty)"


def redis_state() -> RedisState:
    """Ask Redis, with the settings of this process."""
    store = feed_cache().store
    if store is None:
        return RedisState.NONE
    try:
        store.ping()
    except redis.RedisError:
        return RedisState.AWAY
    return RedisState.ANSWERS


def wait_for(problem: Callable[[], str], *, seconds: float) -> None:
    """Return as soon as `problem` returns an empty string.

    Raises:
        CheckFailedError: There is still a problem after `seconds`; its text is the problem's.
    """
    end = time.monotonic() + seconds
    while found := problem():
        if time.monotonic() >= end:
            raise CheckFailedError(found)
        time.sleep(0.1)
