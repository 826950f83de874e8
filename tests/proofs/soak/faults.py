"""Faults of Redis, and of the way to it: each is there inside its `with`, and gone after it.

`prepare` and `restore` are what has to be done around them without anybody reading. `hits` are the
workers whose breaker must open: a fault that nobody noticed would prove nothing.
"""

import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Literal, Self

import redis

from tests.proofs.soak.environment import PROXIED, Environment
from tests.proofs.soak.proxy import Mode

NOBODY: frozenset[int] = frozenset()

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
    """Something that goes wrong on a environment, for as long as its `with` lasts."""

    name: str
    hits: frozenset[int] = NOBODY

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.everybody = frozenset(range(len(environment.sites)))

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
    """kill -9, and started again, empty."""

    name = "Redis killed"

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.hits = self.everybody

    def begin(self) -> None:
        self.environment.redis.kill()

    def end(self) -> None:
        self.environment.redis.start()


class RedisPaused(RedisKilled):
    """SIGSTOP: connections are accepted, nothing is answered; then it goes on with what it held."""

    name = "Redis paused"

    def begin(self) -> None:
        self.environment.redis.pause()

    def end(self) -> None:
        self.environment.redis.resume()


class OneWorkerCut(Fault):
    """What stands between one worker and Redis behaves so, and only for this one."""

    def __init__(
        self, environment: Environment, mode: Mode, *, seconds: float = 0, noticed: bool = True
    ) -> None:
        super().__init__(environment)
        self.mode, self.seconds = mode, seconds
        self.name = f"one worker: {mode}" + (f" {seconds * 1000:.0f} ms" if seconds else "")
        self.hits = frozenset([PROXIED]) if noticed else NOBODY

    def begin(self) -> None:
        self.environment.proxy.tell(self.mode, self.seconds)

    def end(self) -> None:
        self.environment.proxy.tell("pass")


class _Repeated(Fault):
    """Done to Redis again and again by a client, every `every_seconds`."""

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
                # Another fault may have taken Redis away.
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


class Full(_Repeated):
    """maxmemory is reached by keys of others, which come faster than any eviction makes room.

    Those have no TTL. So where only keys with a TTL are evicted, nothing of theirs goes, and in the
    end no write is taken; where all are, whatever is ours may be gone at any moment.
    """

    every_seconds = 0.01
    room_bytes = 2_000_000

    def __init__(self, environment: Environment, policy: Policy) -> None:
        super().__init__(environment)
        self.policy = policy
        self.name = f"maxmemory, {policy}"
        self.hits = NOBODY if policy.startswith("allkeys") else self.everybody
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
                continue  # full; the next, smaller one may still fit

    def end(self) -> None:
        super().end()
        with self.environment.redis.client() as client:
            client.config_set("maxmemory", 0)
            client.config_set("maxmemory-policy", "noeviction")
            for key in client.scan_iter("foreign:*", count=1_000):
                client.unlink(key)


class Crowded(Fault):
    """All connections that Redis takes are others', and ours are closed."""

    name = "maxclients reached"

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.hits = self.everybody

    def begin(self) -> None:
        self._client = self.environment.redis.client()
        self._client.config_set("maxclients", 1)
        self._client.client_kill_filter(_type="normal", skipme=True)

    def end(self) -> None:
        self._client.config_set("maxclients", 1_000)
        self._client.close()


class Mixed(Fault):
    """Several at once, begun one after the other."""

    def __init__(self, faults: list[Fault], *, apart_seconds: float = 0.5) -> None:
        super().__init__(faults[0].environment)
        self.name = " + ".join(fault.name for fault in faults)
        self.hits = frozenset[int]().union(*(fault.hits for fault in faults))
        self._faults, self._apart_seconds = faults, apart_seconds

    def begin(self) -> None:
        for fault in self._faults:
            fault.begin()
            time.sleep(self._apart_seconds)

    def end(self) -> None:
        for fault in self._faults:
            fault.end()
