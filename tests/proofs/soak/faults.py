"""Faults of Redis and of its network. A fault is active inside its `with`.

`prepare` and `restore` run before and after, without traffic. `affected_workers` are the workers
whose breaker must open: a fault without an effect would prove nothing.
"""

import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Literal, Self

import redis

from tests.proofs.soak.environment import PROXIED, Environment
from tests.proofs.soak.proxy import Mode

NO_WORKERS: frozenset[int] = frozenset()

Policy = Literal[
    "noeviction",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
]


class Fault:
    """A fault in an environment, active inside its `with`."""

    name: str
    affected_workers: frozenset[int] = NO_WORKERS

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.all_workers = frozenset(range(len(environment.sites)))

    def prepare(self) -> None:
        pass

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end()

    def begin(self) -> None:
        pass

    def end(self) -> None:
        pass

    def restore(self) -> None:
        pass


class RedisKilled(Fault):
    """Redis is killed (SIGKILL), and later started empty."""

    name = "Redis killed"

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.affected_workers = self.all_workers

    def begin(self) -> None:
        self.environment.redis.kill()

    def end(self) -> None:
        self.environment.redis.start()


class RedisPaused(RedisKilled):
    """Redis is stopped (SIGSTOP): it accepts connections but answers nothing. It keeps its data."""

    name = "Redis paused"

    def begin(self) -> None:
        self.environment.redis.pause()

    def end(self) -> None:
        self.environment.redis.resume()


class OneWorkerCut(Fault):
    """The proxy between one worker and Redis behaves as `mode` says (see `proxy`)."""

    def __init__(
        self, environment: Environment, mode: Mode, *, seconds: float = 0, noticed: bool = True
    ) -> None:
        super().__init__(environment)
        self.mode, self.seconds = mode, seconds
        self.name = f"one worker: {mode}" + (f" {seconds * 1000:.0f} ms" if seconds else "")
        self.affected_workers = frozenset([PROXIED]) if noticed else NO_WORKERS

    def begin(self) -> None:
        self.environment.proxy.set_mode(self.mode, self.seconds)

    def end(self) -> None:
        self.environment.proxy.set_mode("pass")


class _Repeated(Fault):
    """A command that a client repeats every `every_seconds`."""

    every_seconds = 0.1

    def begin(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def end(self) -> None:
        self._stopping.set()
        self._thread.join()

    def act(self, client: redis.Redis) -> None:
        raise NotImplementedError

    def _run(self) -> None:
        with self.environment.redis.client() as client:
            while not self._stopping.wait(self.every_seconds):
                # Another fault may have stopped Redis.
                with suppress(redis.ConnectionError, redis.TimeoutError):
                    self.act(client)


class Flushed(_Repeated):
    """FLUSHALL, ten times a second."""

    name = "FLUSHALL"

    def act(self, client: redis.Redis) -> None:
        client.flushall()


class ScriptsFlushed(_Repeated):
    """SCRIPT FLUSH, ten times a second."""

    name = "SCRIPT FLUSH"

    def act(self, client: redis.Redis) -> None:
        client.script_flush()


class MemoryFull(_Repeated):
    """Foreign keys fill Redis up to maxmemory, faster than eviction frees memory.

    They have no TTL. With a `volatile-*` policy or `noeviction` Redis therefore refuses all writes
    in the end. With `allkeys-*` it may evict any key of the site at any moment.
    """

    every_seconds = 0.01
    room_bytes = 2_000_000

    def __init__(self, environment: Environment, policy: Policy) -> None:
        super().__init__(environment)
        self.policy = policy
        self.name = f"maxmemory, {policy}"
        self.affected_workers = NO_WORKERS if policy.startswith("allkeys") else self.all_workers
        self._number = 0

    def begin(self) -> None:
        with self.environment.redis.client() as client:
            client.config_set("maxmemory-policy", self.policy)
            used = int(client.info("memory")["used_memory"])
            client.config_set("maxmemory", used + self.room_bytes)
        super().begin()

    def act(self, client: redis.Redis) -> None:
        for size in (20_000, 1_000, 50, 50):
            self._number += 1
            try:
                client.set(f"foreign:{self._number}", "x" * size)
            except redis.ResponseError:
                continue  # full; the next, smaller value may still fit

    def end(self) -> None:
        super().end()
        with self.environment.redis.client() as client:
            client.config_set("maxmemory", 0)
            client.config_set("maxmemory-policy", "noeviction")
            for key in client.scan_iter("foreign:*", count=1_000):
                client.unlink(key)


class ConnectionsExhausted(Fault):
    """Another client uses all connections that Redis allows; the site's are closed."""

    name = "maxclients reached"

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.affected_workers = self.all_workers

    def begin(self) -> None:
        self._client = self.environment.redis.client()
        self._client.config_set("maxclients", 1)
        self._client.client_kill_filter(_type="normal", skipme=True)

    def end(self) -> None:
        self._client.config_set("maxclients", 1_000)
        self._client.close()


class Mixed(Fault):
    """Several faults at once; each begins `interval_seconds` after the one before."""

    def __init__(self, faults: list[Fault], *, interval_seconds: float = 0.5) -> None:
        super().__init__(faults[0].environment)
        self.name = " + ".join(fault.name for fault in faults)
        self.affected_workers = frozenset[int]().union(
            *(fault.affected_workers for fault in faults)
        )
        self._faults, self._interval_seconds = faults, interval_seconds

    def begin(self) -> None:
        for fault in self._faults:
            fault.begin()
            time.sleep(self._interval_seconds)

    def end(self) -> None:
        for fault in self._faults:
            fault.end()
