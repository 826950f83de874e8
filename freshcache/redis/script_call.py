"""Commands and calls of scripts that are packed here.

`redis.Redis` needs some 80 µs of CPU for a small call: it packs the command for 15, measures itself
for 35, and asks a connection from the pool whether it is still open. Each read with credentials
asks for the generation, nearly always with the same bytes, and one thread of a process asks at a
time. Each write is counted and announced. Each load of a page needs four commands.
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

Part = str | bytes | int


def run(script: Script, client: Any, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
    """Run a script by `call`; or by the client, if it is another one or Redis lacks the script.

    `arguments`: numbers, texts and bytes.

    Raises:
        redis.RedisError: see `redis.Redis.execute_command`.
    """
    if can_call(client):
        with suppress(redis.exceptions.NoScriptError):
            return call(client, script.sha, keys, arguments)
    return script(keys, arguments, client=client)


def command(client: Any, *parts: Part) -> Any:
    """Send a command on a connection from the pool of the client; or by the client, if another.

    Returns the answer of Redis as it is: the client would make True of an OK.

    Raises:
        redis.RedisError: see `redis.Redis.execute_command`.
    """
    if can_call(client):
        return _exchange(client, _pack(*parts))
    return client.execute_command(*parts)


def can_call(client: Any) -> bool:
    """Whether this module may use the connections of this client.

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
        packed = _packed("EVALSHA", digest, len(keys), *keys, *arguments)
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
    return _exchange(client, _pack("EVALSHA", digest, len(keys), *keys, *arguments))


def _exchange(client: "redis.Redis", packed: list[bytes]) -> Any:
    """Send a packed command on a connection from the pool; it is tried again as by the client."""
    pool = client.connection_pool
    connection = pool.get_connection()

    def exchange() -> Any:
        connection.send_packed_command(packed)
        return connection.read_response()

    try:
        return connection.retry.call_with_retry(exchange, lambda _: connection.disconnect())
    finally:
        pool.release(connection)


def _pack(*parts: Part) -> list[bytes]:
    """Return the command as an array of bulk strings (RESP)."""
    encoded = [part if isinstance(part, bytes) else str(part).encode() for part in parts]
    bulks = b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in encoded)
    return [b"*%d\r\n%b" % (len(encoded), bulks)]


_packed = lru_cache(maxsize=16)(_pack)
