"""Does a worker that finds no Redis go on in memory, and heal? Tried on one in this process."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import redis
from django_redis import get_redis_connection
from redis.backoff import NoBackoff
from redis.retry import Retry

from feed.cache import NAMESPACE, feed_cache, shared_store
from feed.verification.site import Failed, Site
from freshcache.breaker import Breaker, State
from freshcache.cache import FreshCache
from freshcache.metrics import Metrics
from freshcache.policy import Outcome

PAGE = "verify:outage"
TTL_SECONDS = 5.0


class Worker:
    """A worker's cache with no Redis at its address, until `redis_is_back`."""

    def __init__(self, port: int) -> None:
        self._client = redis.Redis("127.0.0.1", port, retry=Retry(NoBackoff(), 0))
        store = shared_store(lambda: self._client)
        self.cache = FreshCache(
            NAMESPACE, policy=feed_cache().policy, store=store, breaker=_patient_breaker
        )
        self.cache.metrics = Metrics()  # what happens here is no traffic of the site's
        self._loads = count(1)

    def falls_back(self) -> None:
        """It reads and writes as if nothing were wrong, and knows that something is."""
        self._read(Outcome.MISS, "the first read")
        if self.cache.breaker.state is not State.OPEN:
            raise Failed("no Redis answers, and the breaker is closed")
        self._read(Outcome.HIT, "the second read")
        self.cache.bump("content", "verify_feed")
        self._read(Outcome.MISS, "the read after an invalidation")

    def heals(self, site: Site) -> None:
        """With Redis back, its probe closes the breaker, and what memory held is not served."""
        site.need_redis()
        self._client = get_redis_connection("default")
        if not self.cache.breaker.attempt():
            raise Failed("Redis answers, and the breaker stays open")
        self._read(Outcome.MISS, "the first read with Redis back", shared=True)
        self._read(Outcome.HIT, "the second read with Redis back", shared=True)

    def _read(self, expected: Outcome, which: str, *, shared: bool = False) -> None:
        served = self.cache.read(PAGE, self._load, ttl_seconds=TTL_SECONDS)
        if (served.outcome, served.shared) != (expected, shared):
            place = "through Redis" if served.shared else "in memory"
            raise Failed(f"{which} was a {served.outcome} {place}, not a {expected}")

    def _load(self) -> bytes:
        return str(next(self._loads)).encode()


@contextmanager
def worker_without_redis() -> Iterator[Worker]:
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        yield Worker(nobody_listens.getsockname()[1])


def _patient_breaker(probe: Callable[[], None]) -> Breaker:
    """One that is only probed when told to."""
    return Breaker(probe=probe, start_probing=lambda _run: None)
