"""Faults of workers, of the database, and a failover of Redis."""

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
# A worker's connection pool finds a returned database within so many seconds.
RECONNECT_SECONDS = 5.0


class WorkerKilled(Fault):
    """A worker is killed (SIGKILL) after a commit, before it announces the change."""

    name = "worker killed between commit and bump"

    def begin(self) -> None:
        (victim,) = self.environment.processes_of(PROXIED)
        began = time.monotonic()
        self.environment.proxy.set_mode("kill", victim)
        wait_until(lambda: victim not in self.environment.processes_of(PROXIED), 20)
        self.environment.record_restart(PROXIED, began)


class _Restarted(Fault):
    """Workers that run with other environment variables."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.workers = self.all_workers

    def variables(self) -> dict[str, str]:
        raise NotImplementedError

    def prepare(self) -> None:
        self.environment.restart(self.workers, **self.variables())

    def restore(self) -> None:
        with self.environment.redis.client() as client:
            client.flushall()
        self.environment.restart(self.workers)


class NarrowPool(_Restarted):
    """One Redis connection for all threads of a worker, and a short wait for it."""

    name = "pool of one connection"

    def variables(self) -> dict[str, str]:
        return {"REDIS_POOL_SIZE": "1", "REDIS_POOL_TIMEOUT": "0.002"}


class ClockShifted(_Restarted):
    """The time of day of one worker is wrong by an hour."""

    def __init__(self, environment: Environment, *, seconds: int) -> None:
        super().__init__(environment)
        self.seconds = seconds
        self.name = f"one worker's clock {seconds:+} s"
        self.workers = frozenset([1])

    def variables(self) -> dict[str, str]:
        return {"PYTHONPATH": SHIFTED, "CLOCK_SHIFT_SECONDS": str(self.seconds)}


class Failover(_Restarted):
    """The master is killed, and Sentinel promotes a replica that lacks the last writes."""

    name = "Sentinel failover, replica behind"

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.affected_workers = self.all_workers

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
            # The replica can no longer receive the writes that it has not read.
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
    """PostgreSQL is stopped, as for an upgrade, and started."""

    name = "PostgreSQL stopped"

    def __init__(
        self, environment: Environment, *, reconnect_seconds: float = RECONNECT_SECONDS
    ) -> None:
        super().__init__(environment)
        self.reconnect_seconds = reconnect_seconds

    def begin(self) -> None:
        self._began = time.monotonic()
        # The end is set in `end`.
        self.environment.database_outages.append(Span(self._began, float("inf")))
        self.environment.database.stop()
        # Otherwise pages stay fresh for their TTL, and no read would need the database.
        with self.environment.redis.client() as client:
            client.delete(_generation_key())

    def end(self) -> None:
        self.environment.database.start()
        self.environment.database_outages[-1] = Span(
            self._began, time.monotonic() + self.reconnect_seconds
        )


def _generation_key() -> str:
    from feed.cache import NAMESPACE

    return KeyNames(NAMESPACE, settings.REDIS_KEY_PREFIX).generation
