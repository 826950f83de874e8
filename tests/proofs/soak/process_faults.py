"""Faults of workers, of the database, and of which Redis is the master."""

import time
from pathlib import Path

from django.conf import settings

from freshcache.redis.key_names import KeyNames
from tests.processes import wait_until
from tests.proofs.soak.environment import PROXIED, Environment
from tests.proofs.soak.faults import Fault
from tests.proofs.soak.journal import Span
from tests.servers import RedisServer
from tests.unit.freshcache.topologies import SERVICE, Sentinel

SHIFTED = str(Path(__file__).parent / "shifted")
# A database that is back is found by a worker's pool within so many seconds.
FOUND_SECONDS = 5.0


class WorkerKilled(Fault):
    """SIGKILL to a worker as it is about to tell of what it has just committed."""

    name = "worker killed between commit and bump"

    def begin(self) -> None:
        (victim,) = self.environment.processes_of(PROXIED)
        began = time.monotonic()
        self.environment.proxy.tell("kill", victim)
        wait_until(lambda: victim not in self.environment.processes_of(PROXIED), 20)
        self.environment.killed(PROXIED, began)


class _Restarted(Fault):
    """Workers that were started with another environment."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.who = self.everybody

    def variables(self) -> dict[str, str]:
        raise NotImplementedError

    def prepare(self) -> None:
        self.environment.restart(self.who, **self.variables())

    def restore(self) -> None:
        with self.environment.redis.client() as client:
            client.flushall()
        self.environment.restart(self.who)


class NarrowPool(_Restarted):
    """One connection for all threads of a worker, and little patience."""

    name = "pool of one connection"

    def variables(self) -> dict[str, str]:
        return {"REDIS_POOL_SIZE": "1", "REDIS_POOL_TIMEOUT": "0.002"}


class ClockShifted(_Restarted):
    """The time of day of one worker is an hour off."""

    def __init__(self, environment: Environment, *, seconds: int) -> None:
        super().__init__(environment)
        self.seconds = seconds
        self.name = f"one worker's clock {seconds:+} s"
        self.who = frozenset([1])

    def variables(self) -> dict[str, str]:
        return {"PYTHONPATH": SHIFTED, "CLOCK_SHIFT_SECONDS": str(self.seconds)}


class Failover(_Restarted):
    """The master dies, and Sentinel gives its name to a replica that has missed what came last."""

    name = "Sentinel failover, replica behind"

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.hits = self.everybody

    def variables(self) -> dict[str, str]:
        return {"REDIS_URL": f"redis+sentinel://127.0.0.1:{self._sentinel.port}/{SERVICE}/0"}

    def prepare(self) -> None:
        self._master, self._replica = RedisServer(), RedisServer()
        for server in (self._master, self._replica):
            server.start()
        with self._replica.client() as client:
            client.execute_command("REPLICAOF", "127.0.0.1", self._master.port)
            wait_until(lambda: client.info("replication")["master_link_status"] == "up")
        self._sentinel = Sentinel(self._master.port)
        self._sentinel.start()
        with self._sentinel.client() as client:
            wait_until(lambda: client.execute_command("SENTINEL", "REPLICAS", SERVICE), 20)
            for name, value in (("down-after-milliseconds", 500), ("failover-timeout", 3_000)):
                client.execute_command("SENTINEL", "SET", SERVICE, name, value)
        super().prepare()

    def begin(self) -> None:
        self._replica.pause()
        with self._master.client() as client:
            # What the replica has not read yet can't reach it any more.
            client.client_kill_filter(_type="replica")
            before = client.get(_generation_key())
            wait_until(lambda: client.get(_generation_key()) != before)
        self._master.kill()
        self._replica.resume()

    def end(self) -> None:
        def master() -> int:
            with self._sentinel.client() as client:
                _, port = client.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)
            return int(port)

        wait_until(lambda: master() == self._replica.port, 30)

    def restore(self) -> None:
        super().restore()
        for server in (self._sentinel, self._replica, self._master):
            server.kill()


class DatabaseStopped(Fault):
    """PostgreSQL is stopped as for an upgrade, and started again."""

    name = "PostgreSQL stopped"

    def __init__(self, environment: Environment, *, found_seconds: float = FOUND_SECONDS) -> None:
        super().__init__(environment)
        self.found_seconds = found_seconds

    def begin(self) -> None:
        self._began = time.monotonic()
        # Open-ended until it is back.
        self.environment.database_away.append(Span(self._began, float("inf")))
        self.environment.database.stop()
        # Without this, a page stays good for its TTL, and no reader would notice anything.
        with self.environment.redis.client() as client:
            client.delete(_generation_key())

    def end(self) -> None:
        self.environment.database.start()
        self.environment.database_away[-1] = Span(
            self._began, time.monotonic() + self.found_seconds
        )


def _generation_key() -> str:
    from feed.cache import NAMESPACE

    return KeyNames(NAMESPACE, settings.REDIS_KEY_PREFIX).generation
