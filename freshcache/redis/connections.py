"""Connection pools for Redis: a single server, Redis Sentinel, and Redis Cluster."""

import threading
from queue import Empty, LifoQueue
from typing import Any, ClassVar

from django_redis.pool import ConnectionFactory
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.connection import BlockingConnectionPool
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisClusterException
from redis.retry import Retry
from redis.sentinel import SentinelConnectionPool

from freshcache.errors import PoolExhausted


class _Queue(LifoQueue[Any]):
    """The queue of a pool. It raises `PoolExhausted`, which is no failure of Redis, when empty."""

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        try:
            return super().get(block, timeout)
        except Empty:
            raise PoolExhausted(
                f"None of the {self.maxsize} connections became free within {timeout} s."
            ) from None


class Pool(BlockingConnectionPool):
    """At most `max_connections` connections; a thread waits up to `timeout` seconds for one.

    Raises:
        PoolExhausted: in `get_connection`, none became free in time.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(queue_class=_Queue, **options)  # type: ignore[no-untyped-call] # typed in parts


class SentinelPool(SentinelConnectionPool, Pool):
    """The same, with connections to the master that Sentinel names."""


class Cluster(RedisCluster):
    """A Cluster client that raises only `redis.RedisError`, and whose MGET may span slots."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        try:
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call] # typed in parts
        except RedisClusterException as error:
            raise RedisConnectionError(str(error)) from error

    def mget(self, keys: Any, *args: Any) -> Any:
        return self.mget_nonatomic(keys, *args)


class ClusterFactory(ConnectionFactory[Any, Any, Any]):
    """Makes one client for each process and Cluster, because a client holds the map of slots."""

    _clusters: ClassVar[dict[str, Cluster]] = {}
    _connecting = threading.Lock()

    def connect(self, url: str) -> Cluster:
        """Return the client of this process. The first call asks the Cluster for its map of slots.

        Raises:
            redis.exceptions.ConnectionError: no node answers, or the map misses slots.
        """
        if cluster := self._clusters.get(url):
            return cluster
        # Wait for one attempt of another thread, not for those of many threads in turn.
        if not self._connecting.acquire(timeout=self.pool_cls_kwargs["socket_connect_timeout"]):
            raise RedisConnectionError("No node of the Cluster has answered yet.")
        try:
            if url not in self._clusters:
                self._clusters[url] = self._make(url)
            return self._clusters[url]
        except RedisClusterException as error:
            raise RedisConnectionError(str(error)) from error
        finally:
            self._connecting.release()

    def disconnect(self, connection: Cluster) -> None:
        connection.disconnect_connection_pools()  # type: ignore[no-untyped-call] # typed in parts

    def _make(self, url: str) -> Cluster:
        return Cluster(
            url=url,
            startup_nodes=[ClusterNode(host, port) for host, port in self.options["STARTUP_NODES"]],
            connection_pool_class=Pool,
            retry=Retry(NoBackoff(), 1),
            **self.pool_cls_kwargs,
        )
