"""Workers over a real Redis, with a clock, a source of data and calls that tests control."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from freshcache.breaker import Breaker
from freshcache.cache import FreshCache
from freshcache.metrics import Metrics
from freshcache.policy import Policy
from freshcache.redis.connections import Pool
from freshcache.redis.key_names import KeyNames
from freshcache.redis.store import Answer, Store
from freshcache.redis.stored_page import StoredPage
from freshcache.served import Served
from tests.servers import RedisServer

TTL_SECONDS = 30.0
SECRET = b"what the workers of a fleet have in common"
KEYS = KeyNames("fleet")
Step = Literal["confirm", "get", "lease", "fill", "release", "count"]


def _start_nothing(run: Callable[[], None]) -> None:
    """Start no thread: the test calls `Worker.heal`."""


class Clock:
    """A monotonic clock that moves only when a test calls `advance`."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class Source:
    """Data in place of the database: a version, which a load reads and a commit raises.

    `during` runs once, in the next load, between its query and its return.
    """

    def __init__(self) -> None:
        self.version = 0
        self.loads = 0
        self.during: Callable[[], object] | None = None
        self.error: Exception | None = None
        self._lock = threading.Lock()

    def commit(self) -> int:
        with self._lock:
            self.version += 1
            return self.version

    def load(self) -> bytes:
        with self._lock:
            self.loads += 1
            body = json.dumps({"version": self.version}).encode()
            during, self.during = self.during, None
        if self.error is not None:
            raise self.error
        if during is not None:
            during()
        return body


class Steps(Store):
    """A store that counts its calls, and runs hooks of the test before and after them.

    Each hook runs once. `now_us` is a clock's, if there is one.
    """

    def __init__(self, connect: Callable[[], redis.Redis], clock: Clock | None = None) -> None:
        super().__init__(connect, key_names=KEYS, secret=SECRET)
        self._clock = clock
        self.calls: Counter[str] = Counter()
        self.before: dict[Step, Callable[[], object]] = {}
        self.after: dict[Step, Callable[[], object]] = {}

    def _step(self, step: Step, call: Callable[[], Any]) -> Any:
        self.calls[step] += 1
        if hook := self.before.pop(step, None):
            hook()
        answer = call()
        if hook := self.after.pop(step, None):
            hook()
        return answer

    def confirm(self, *, seen: int, bump: Literal["", "content", "counts"] = "") -> Answer:
        answer: Answer = self._step("confirm", lambda: Store.confirm(self, seen=seen, bump=bump))
        return replace(answer, now_us=int(self._clock() * 1e6)) if self._clock else answer

    def get(self, name: str) -> StoredPage | None:
        return self._step("get", lambda: Store.get(self, name))  # type: ignore[no-any-return] # the same result

    def lease(self, name: str, *, generation: int, seconds: float) -> str:
        take = Store.lease
        return self._step(  # type: ignore[no-any-return] # the same result
            "lease", lambda: take(self, name, generation=generation, seconds=seconds)
        )

    def fill(self, name: str, page: StoredPage, *, ttl_seconds: float, token: str) -> bool:
        fill = Store.fill
        return self._step(  # type: ignore[no-any-return] # the same result
            "fill", lambda: fill(self, name, page, ttl_seconds=ttl_seconds, token=token)
        )

    def release(self, name: str, *, generation: int, token: str) -> None:
        self._step("release", lambda: Store.release(self, name, generation=generation, token=token))

    def count(self, counts: dict[str, int]) -> None:
        self._step("count", lambda: Store.count(self, counts))


@dataclass
class Worker:
    """One worker with its own connections. Without Redis its cache does not use `steps`."""

    cache: FreshCache
    source: Source
    steps: Steps
    pool: Pool

    def read(self, name: str = "feed", **options: Any) -> Served:
        options = {"ttl_seconds": TTL_SECONDS, **options}
        return self.cache.read(name, self.source.load, **options)

    def version(self, name: str = "feed", **options: Any) -> int:
        """Return the version that a reader sees."""
        return int(self.read(name, **options).page.data["version"])

    def write(self) -> int:
        """Commit a change and invalidate, as a request that writes does; return its version."""
        version = self.source.commit()
        self.cache.invalidate("test")
        return version

    def like(self) -> int:
        version = self.source.commit()
        self.cache.invalidate_counts("test")
        return version

    def heal(self) -> None:
        """Let the breaker make one probe, which must succeed."""
        assert self.cache.breaker.attempt()


@dataclass
class Fleet:
    """Makes workers that share a Redis, a source and a clock."""

    server: RedisServer
    clock: Clock = field(default_factory=Clock)
    source: Source = field(default_factory=Source)
    workers: list[Worker] = field(default_factory=list)

    def worker(
        self,
        *,
        connections: int = 10,
        pool_timeout: float = 2.0,
        socket_timeout: float = 2.0,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], None] | None = None,
        redis_configured: bool = True,
        **policy: Any,
    ) -> Worker:
        """Make a worker. Give `clock` and `sleep` for real time, if real threads wait."""
        ticks = clock or self.clock
        pool = self.pool(connections, pool_timeout, socket_timeout)
        client = redis.Redis(connection_pool=pool)
        steps = Steps(lambda: client, self.clock if clock is None else None)
        cache = FreshCache(
            KEYS.namespace,
            policy=Policy(**policy),
            store=steps if redis_configured else None,
            clock=ticks,
            sleep=sleep or self.clock.advance,
            breaker=lambda probe: Breaker(probe=probe, clock=ticks, start_probing=_start_nothing),
        )
        cache.metrics = Metrics()  # without the thread that sends counts to Redis
        worker = Worker(cache, self.source, steps, pool)
        self.workers.append(worker)
        return worker

    def pool(self, connections: int, timeout: float, socket_timeout: float) -> Pool:
        """Make a pool with the options of the settings."""
        return Pool(
            host="127.0.0.1",
            port=self.server.port,
            max_connections=connections,
            timeout=timeout,
            socket_timeout=socket_timeout,
            socket_connect_timeout=2.0,
            protocol=2,
            retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        )

    def close(self) -> None:
        for worker in self.workers:
            worker.pool.disconnect()


@contextmanager
def hanging(server: RedisServer) -> Iterator[None]:
    server.pause()
    try:
        yield
    finally:
        server.resume()
