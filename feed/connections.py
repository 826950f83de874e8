"""How connections to Redis are kept: for a single server, behind Sentinel, in a Cluster."""

from queue import Empty, LifoQueue
from typing import Any

from redis.connection import BlockingConnectionPool
from redis.exceptions import ConnectionError as RedisConnectionError


class PoolExhausted(RedisConnectionError):  # noqa: N818 - what happened is no fault
    """No connection got free in time: this process is busy, which says nothing about Redis."""


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
        super().__init__(queue_class=_Queue, **options)
