"""Workers as in production, each on a separate thread and database connection.

The tests add around them: a clock that they move, a way to cut a worker off from Redis, and points
for interruptions between any two steps of a read, a write or a probe.
"""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Literal, TypeVar

import redis
from django.db import connection
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from feed.cache import NAMESPACE, feed_policy
from freshcache.breaker import Breaker
from freshcache.cache import FreshCache
from freshcache.metrics import Metrics
from freshcache.redis.connections import Pool
from freshcache.transactions import Change
from tests.processes import free_port
from tests.unit.freshcache.fleet import Clock, Step, Steps

T = TypeVar("T")
Point = Literal["confirm", "get", "lease", "fill", "release", "load"]
When = Literal["before", "after"]

# No two moments are equal, as on a real clock, so questions can be ordered by time.
TICK_SECONDS = 0.000_01


class TickingClock(Clock):
    """A clock that tests move. It also advances by a tick each time it is read."""

    def __call__(self) -> float:
        self.now += TICK_SECONDS
        return self.now


class Lifetime:
    """The time from a worker's start to its end. Its writes are its own only in that time."""


class Worker:
    """The cache of one process, on its own thread. `bump_arrived`: whether the last bump reached
    Redis."""

    def __init__(self, number: int, port: int, clock: TickingClock) -> None:
        self.number = number
        self.port = port
        self.clock = clock
        self.closed_port = free_port()
        self.fired: Counter[str] = Counter()
        self.at_query: dict[When, Callable[[], object]] = {}
        self.thread = ThreadPoolExecutor(1, initializer=self._begin)
        self.pool = self._pool()
        self.start()

    def start(self) -> None:
        """Begin a new lifetime: a process without memory."""
        self.lifetime = Lifetime()
        self.bump_arrived = True
        self.connect()
        client = redis.Redis(connection_pool=self.pool)
        self.steps = Steps(lambda: client, self.clock)
        # A self-check would run at any moment, outside the workers' threads.
        policy = replace(feed_policy(), single_process=False, self_check_seconds=0.0)
        self.cache = FreshCache(
            NAMESPACE,
            policy=policy,
            store=self.steps,
            clock=self._now,
            sleep=self.clock.advance,
            breaker=lambda probe: Breaker(
                probe=probe, clock=self._now, start_probing=lambda _run: None
            ),
        )
        self.cache.metrics = Metrics()  # without its thread, which would call Redis at any time
        bump = self.cache.generations.bump

        def recording_bump(change: Change) -> bool:
            self.bump_arrived = bump(change)
            return self.bump_arrived

        self.cache.generations.bump = recording_bump  # type: ignore[method-assign] # only `bump` returns it

    def _now(self) -> float:
        # Monotonic clocks of different machines are unrelated.
        return self.clock() + 1000 * self.number

    def do(self, call: Callable[[], T]) -> T:
        """Run the call in this worker's thread, and return its result."""
        if current_worker() is self:
            return call()
        return self.thread.submit(call).result()

    @property
    def shared(self) -> bool:
        return self.cache.breaker.closed

    @property
    def cut_off(self) -> bool:
        return bool(self.pool.connection_kwargs["port"] != self.port)

    def cut(self) -> None:
        """Refuse all connections of this worker to Redis from now on."""
        self._use_port(self.closed_port)

    def connect(self) -> None:
        self._use_port(self.port)

    def lose_answer(self) -> None:
        """The question arrived. Its answer, and everything after it, does not."""
        self.cut()
        raise RedisConnectionError("the answer is lost")

    def interrupt(self, when: When, point: Point, call: Callable[[], object]) -> None:
        """Call this once, at the next such step of this worker."""

        def fire() -> None:
            self.fired[f"{when} {point}"] += 1
            call()

        if point == "load":
            self.at_query[when] = fire
        else:
            hooks: dict[Step, Callable[[], object]] = getattr(self.steps, when)
            hooks[point] = fire

    def clear_interruptions(self) -> None:
        """Forget interruptions that have not happened."""
        self.at_query.clear()
        self.steps.before.clear()
        self.steps.after.clear()

    def around_query(self, execute: Any, *query: Any) -> Any:
        if hook := self.at_query.pop("before", None):
            hook()
        answer = execute(*query)
        if hook := self.at_query.pop("after", None):
            hook()
        return answer

    def close(self) -> None:
        self.do(lambda: connection.close())  # noqa: PLW0108 -- of that thread
        self.thread.shutdown()
        self.pool.disconnect()

    def _begin(self) -> None:
        _current.worker = self

    def _use_port(self, port: int) -> None:
        self.pool.disconnect()
        self.pool.connection_kwargs["port"] = port
        self.pool.reset()

    def _pool(self) -> Pool:
        return Pool(
            host="127.0.0.1",
            port=self.port,
            max_connections=4,
            timeout=2.0,
            socket_timeout=5.0,
            socket_connect_timeout=5.0,
            protocol=2,
            retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        )


_current = threading.local()


def current_worker() -> Worker | None:
    """Return the worker in whose thread this code runs."""
    worker: Worker | None = getattr(_current, "worker", None)
    return worker
