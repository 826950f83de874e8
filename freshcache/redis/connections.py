"""How connections to Redis are kept: for a single server, behind Sentinel, in a Cluster."""

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
    """The pool's queue, which tells running dry from a Redis that does not answer."""

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        try:
            return super().get(block, timeout)
        except Empty:
            raise PoolExhausted(
                f"None of the {self.maxsize} connections got free within {timeout} s."
            ) from None


class Pool(BlockingConnectionPool):
    """At most `max_connections`; who finds none free waits for `timeout` seconds.

    Raises:
        PoolExhausted: still none is free.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(queue_class=_Queue, **options)  # type: ignore[no-untyped-call] # typed in parts


class SentinelPool(SentinelConnectionPool, Pool):
    """The same for connections to the master that Sentinel names."""


class Cluster(RedisCluster):
    """A client whose faults are Redis errors like any other's, and whose MGET may span slots."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        try:
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call] # typed in parts
        except RedisClusterException as error:
            raise RedisConnectionError(str(error)) from error

    def mget(self, keys: Any, *args: Any) -> Any:
        return self.mget_nonatomic(keys, *args)


class ClusterFactory(ConnectionFactory[Any, Any, Any]):
    """One client per process for a Cluster: it is what knows where each slot is."""

    _clusters: ClassVar[dict[str, Cluster]] = {}
    _making = threading.Lock()

    def connect(self, url: str) -> Cluster:
        """The client of this process; made at the first call, which asks the Cluster for its map.

        Raises:
            redis.exceptions.ConnectionError: no node answers, or none has a whole map.
        """
        if cluster := self._clusters.get(url):
            return cluster
        # A thread waits for one try of another's at most, and not for each of many in turn.
        if not self._making.acquire(timeout=self.pool_cls_kwargs["socket_connect_timeout"]):
            raise RedisConnectionError("No node of the Cluster has answered yet.")
        try:
            if url not in self._clusters:
                self._clusters[url] = self._make(url)
            return self._clusters[url]
        except RedisClusterException as error:
            raise RedisConnectionError(str(error)) from error
        finally:
            self._making.release()

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
