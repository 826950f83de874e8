"""Workers as production makes them, on a thread and a database connection each.

Change a test adds is around them: a clock that it moves, a way to cut a worker off from Redis, and
room for something to happen between any two steps of a read, a write or a probe.
"""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, TypeVar

import redis
from django.conf import settings
from django.db import connection
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from feed.cache import NAMESPACE, OTHERS
from freshcache.breaker import Breaker
from freshcache.cache import FreshCache
from freshcache.generation import Change
from freshcache.metrics import Metrics
from freshcache.policy import Policy
from freshcache.redis.connections import Pool
from tests.processes import free_port
from tests.unit.freshcache.fleet import Clock, Step, Steps

T = TypeVar("T")
Point = Literal["confirm", "get", "lease", "fill", "release", "load"]
When = Literal["before", "after"]

# No two moments are the same, as on a real clock: a question sent earlier is seen to be earlier.
TICK_SECONDS = 0.000_01


class TickingClock(Clock):
    """A clock that a test moves, and that goes on by a tick each time somebody looks."""

    def __call__(self) -> float:
        self.now += TICK_SECONDS
        return self.now


class Life:
    """A worker from its start to its end: what it wrote is its own only as long as it lives."""


class Worker:
    """One process's cache, on a thread of its own. `told`: whether its last bump reached Redis."""

    def __init__(self, number: int, port: int, clock: TickingClock) -> None:
        self.number = number
        self.port = port
        self.clock = clock
        self.nowhere = free_port()
        self.fired: Counter[str] = Counter()
        self.at_query: dict[When, Callable[[], object]] = {}
        self.thread = ThreadPoolExecutor(1, initializer=self._begin)
        self.pool = self._pool()
        self.start()

    def start(self) -> None:
        """A new life: a process that knows nothing yet."""
        self.life = Life()
        self.told = True
        self.connect()
        client = redis.Redis(connection_pool=self.pool)
        self.steps = Steps(lambda: client, self.clock)
        options = {name.lower(): of for name, of in settings.FEED.items() if name not in OTHERS}
        options["self_check_seconds"] = 0.0  # it would run in no worker's thread, at any moment
        self.cache = FreshCache(
            NAMESPACE,
            policy=Policy(**options),
            store=self.steps,
            clock=self._now,
            sleep=self.clock.advance,
            breaker=lambda probe: Breaker(
                probe=probe, clock=self._now, start_probing=lambda _run: None
            ),
        )
        self.cache.metrics = Metrics()  # without its thread, which would ask Redis on its own
        bump = self.cache.generations.bump

        def noting(what: Change) -> bool:
            self.told = bump(what)
            return self.told

        self.cache.generations.bump = noting  # type: ignore[method-assign] # nobody else says it

    def _now(self) -> float:
        # Monotonic clocks of different machines have nothing to do with each other.
        return self.clock() + 1000 * self.number

    def do(self, call: Callable[[], T]) -> T:
        """Run it where this worker runs, and wait for it."""
        if here() is self:
            return call()
        return self.thread.submit(call).result()

    @property
    def shared(self) -> bool:
        return self.cache.breaker.closed

    @property
    def cut_off(self) -> bool:
        return bool(self.pool.connection_kwargs["port"] != self.port)

    def cut(self) -> None:
        """From now on no connection of this worker's gets through."""
        self._lead_to(self.nowhere)

    def connect(self) -> None:
        self._lead_to(self.port)

    def lose_answer(self) -> None:
        """Change was asked arrived; the answer does not, and nothing does after it."""
        self.cut()
        raise RedisConnectionError("the answer is lost")

    def interrupt(self, when: When, point: Point, call: Callable[[], object]) -> None:
        """Let this happen once, at the next such step of this worker."""

        def fire() -> None:
            self.fired[f"{when} {point}"] += 1
            call()

        if point == "load":
            self.at_query[when] = fire
        else:
            hooks: dict[Step, Callable[[], object]] = getattr(self.steps, when)
            hooks[point] = fire

    def undisturbed(self) -> None:
        """Forget what did not come to pass."""
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
        _here.worker = self

    def _lead_to(self, port: int) -> None:
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


_here = threading.local()


def here() -> Worker | None:
    """The worker that this code runs in."""
    worker: Worker | None = getattr(_here, "worker", None)
    return worker
