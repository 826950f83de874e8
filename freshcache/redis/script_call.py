"""Calls of a script that are packed once and sent many times.

`redis.Redis` needs some 80 µs of CPU for a small call: it packs the command for 15, measures itself
for 35, and asks a connection from the pool whether it is still open. Each read with credentials
asks for the generation, nearly always with the same bytes, and one thread of a process asks at a
time. Each write is counted and announced.
"""

import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

import redis
from redis.commands.core import Script
from redis.sentinel import SentinelConnectionPool


def run(script: Script, client: Any, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
    """Run a script by `call`; or by the client, if it is another one or Redis lacks the script.

    `arguments`: numbers and texts.

    Raises:
        redis.RedisError: see `redis.Redis.execute_command`.
    """
    if can_call(client):
        with suppress(redis.exceptions.NoScriptError):
            return call(client, script.sha, keys, arguments)
    return script(keys, arguments, client=client)


def can_call(client: Any) -> bool:
    """Whether `call` or a `Caller` may call for this client.

    Not for a Cluster, whose client finds the node for each command. Not behind Sentinel, where the
    pool drops a connection if its server is no longer the master. Not for a client with its own
    connection.
    """
    return (
        isinstance(client, redis.Redis)
        and client.connection is None
        and not isinstance(client.connection_pool, SentinelConnectionPool)
    )


class Caller:
    """Runs scripts on one connection, which is made as those of the client's pool are.

    Nothing else uses the connection, and an error closes it, so an answer is never that of another
    command. Thread-safe: one call at a time. After a fork, the child makes a connection of its own.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made_for: tuple[int, Any] | None = None  # process, pool
        self._connection: Any = None

    def call(
        self, client: "redis.Redis", digest: str, keys: Sequence[str], arguments: Sequence[Any]
    ) -> Any:
        """Run the script with this digest (EVALSHA). It is tried again as the client would do.

        Raises:
            redis.exceptions.NoScriptError: this Redis has not got the script.
            redis.RedisError: see `redis.Redis.execute_command`.
        """
        packed = _packed("EVALSHA", digest, str(len(keys)), *keys, *map(str, arguments))
        with self._lock:
            connection = self._connected(client.connection_pool)

            def exchange() -> Any:
                connection.send_packed_command(packed)
                return connection.read_response()

            try:
                return connection.retry.call_with_retry(exchange, lambda _: connection.disconnect())
            except redis.ResponseError:
                raise  # a complete answer
            except BaseException:
                connection.disconnect()
                raise

    def _connected(self, pool: Any) -> Any:
        made_for = os.getpid(), pool
        if self._made_for != made_for:
            self._connection = pool.make_connection()
            self._made_for = made_for
        return self._connection


def call(client: "redis.Redis", digest: str, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
    """Run the script with this digest (EVALSHA) on a connection from the pool of the client.

    It is tried again as the client would do.

    Raises:
        redis.exceptions.NoScriptError: this Redis has not got the script.
        redis.RedisError: see `redis.Redis.execute_command`.
    """
    packed = _packed("EVALSHA", digest, str(len(keys)), *keys, *map(str, arguments))
    pool = client.connection_pool
    connection = pool.get_connection()

    def exchange() -> Any:
        connection.send_packed_command(packed)
        return connection.read_response()

    try:
        return connection.retry.call_with_retry(exchange, lambda _: connection.disconnect())
    finally:
        pool.release(connection)


@lru_cache(maxsize=16)
def _packed(*parts: str) -> list[bytes]:
    """Return the command as an array of bulk strings (RESP)."""
    encoded = [part.encode() for part in parts]
    bulks = b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in encoded)
    return [b"*%d\r\n%b" % (len(encoded), bulks)]
