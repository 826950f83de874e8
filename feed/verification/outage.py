"""Checks of an outage of Redis, on a worker's cache that lives in this process."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import redis
from django_redis import get_redis_connection
from redis.backoff import NoBackoff
from redis.retry import Retry

from feed.cache import NAMESPACE, feed_cache, shared_store
from feed.errors import CheckFailedError
from feed.verification.deployment import Deployment
from freshcache.breaker import Breaker, State
from freshcache.cache import FreshCache
from freshcache.metrics import Metrics
from freshcache.policy import Outcome

PAGE = "verify:outage"
TTL_SECONDS = 5.0


class Worker:
    """A worker's cache. No Redis answers at its address until `heals` gives it the site's."""

    def __init__(self, port: int) -> None:
        self._client = redis.Redis("127.0.0.1", port, retry=Retry(NoBackoff(), 0))
        store = shared_store(lambda: self._client)
        self.cache = FreshCache(
            NAMESPACE, policy=feed_cache().policy, store=store, breaker=_breaker_without_timer
        )
        self.cache.metrics = Metrics()  # these reads are not the site's traffic
        self._loads = count(1)

    def falls_back(self) -> None:
        """Check that reads and an invalidation work in memory, and that the breaker opens."""
        self._read(Outcome.MISS, "the first read")
        if self.cache.breaker.state is not State.OPEN:
            raise CheckFailedError("no Redis answers, and the breaker is closed")
        self._read(Outcome.HIT, "the second read")
        self.cache.bump("content", "verify_feed")
        self._read(Outcome.MISS, "the read after an invalidation")

    def heals(self, deployment: Deployment) -> None:
        """Check that with Redis back the breaker closes, and pages from memory are not served."""
        deployment.require_redis()
        self._client = get_redis_connection("default")
        if not self.cache.breaker.attempt():
            raise CheckFailedError("Redis answers, and the breaker stays open")
        self._read(Outcome.MISS, "the first read with Redis back", shared=True)
        self._read(Outcome.HIT, "the second read with Redis back", shared=True)

    def _read(self, expected: Outcome, name: str, *, shared: bool = False) -> None:
        served = self.cache.read(PAGE, self._load, ttl_seconds=TTL_SECONDS)
        if (served.outcome, served.shared) != (expected, shared):
            place = "through Redis" if served.shared else "in memory"
            raise CheckFailedError(f"{name} was a {served.outcome} {place}, not a {expected}")

    def _load(self) -> bytes:
        return str(next(self._loads)).encode()


@contextmanager
def worker_without_redis() -> Iterator[Worker]:
    """Provide a worker whose Redis address is a bound port on which nothing listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield Worker(unused.getsockname()[1])


def _breaker_without_timer(probe: Callable[[], None]) -> Breaker:
    """Return a breaker that probes only when `attempt` is called."""
    return Breaker(probe=probe, start_probing=lambda _run: None)
