"""Packed calls and commands do what those of the client do; a `Caller` on its own connection."""

import os
from collections.abc import Callable
from typing import Any

import pytest
import redis
from redis.sentinel import Sentinel

from freshcache.errors import PoolExhausted
from freshcache.redis.connections import Pool
from freshcache.redis.script_call import Caller, can_call, command
from tests.unit.freshcache.fleet import Fleet

pytestmark = pytest.mark.redis

ECHO = "return {KEYS[1], ARGV[1], ARGV[2]}"
Echo = Callable[[str], Any]


@pytest.fixture
def client(fleet: Fleet) -> redis.Redis:
    """A client with one connection, which waits for it for a millisecond."""
    return redis.Redis(connection_pool=fleet.pool(1, 0.001, 2.0))


@pytest.fixture
def caller() -> Caller:
    return Caller()


@pytest.fixture
def echo(client: redis.Redis, caller: Caller) -> Echo:
    digest = client.register_script(ECHO).sha
    client.script_load(ECHO)
    return lambda text: caller.call(client, digest, ["key é"], [7, text])


def echoed(text: str) -> list[bytes]:
    return ["key é".encode(), b"7", text.encode()]


def connections(look: redis.Redis) -> set[str]:
    return {each["id"] for each in look.client_list()}


def test_answer_is_that_of_the_client(client: redis.Redis, echo: Echo) -> None:
    expected = client.register_script(ECHO)(["key é"], [7, "text\r\n"])
    assert [echo("text\r\n") for _ in range(2)] == [expected] * 2


def test_dropped_connection_is_replaced(echo: Echo, look: redis.Redis) -> None:
    echo("1")
    look.client_kill_filter(_type="normal", skipme=True)
    assert echo("2") == echoed("2")


def test_unknown_script_is_reported_and_the_connection_stays(
    client: redis.Redis, caller: Caller, echo: Echo, look: redis.Redis
) -> None:
    echo("1")
    open_before = connections(look)
    for _ in range(2):
        with pytest.raises(redis.exceptions.NoScriptError):
            caller.call(client, "0" * 40, [], [])
        assert echo("2") == echoed("2")
    assert connections(look) == open_before


def test_calls_leave_the_connections_of_the_pool_alone(client: redis.Redis, echo: Echo) -> None:
    taken = client.connection_pool.get_connection()
    assert echo("1") == echoed("1")
    client.connection_pool.release(taken)
    assert client.ping()


def test_answer_that_was_not_read_is_never_taken_for_another(
    caller: Caller, echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_args: Any, **_options: Any) -> None:
        raise KeyboardInterrupt

    echo("1")
    with monkeypatch.context() as patch:
        patch.setattr(caller._connection, "read_response", interrupted)
        with pytest.raises(KeyboardInterrupt):
            echo("2")
    assert echo("3") == echoed("3")


def test_child_of_a_fork_makes_a_connection_of_its_own(
    echo: Echo, monkeypatch: pytest.MonkeyPatch, look: redis.Redis
) -> None:
    echo("1")
    open_before, parent = connections(look), os.getpid()
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: parent + 1)
        assert echo("2") == echoed("2")
    assert connections(look) > open_before


def test_client_of_a_cluster_or_of_one_connection_is_left_alone(client: redis.Redis) -> None:
    assert can_call(client)
    assert not can_call(object())
    assert not can_call(Sentinel([("127.0.0.1", 1)]).master_for("a"))
    pool: Pool = client.connection_pool  # type: ignore[assignment] # of this class, as made above
    with redis.Redis(connection_pool=pool, single_connection_client=True) as single:
        assert not can_call(single)


def test_command_is_answered_as_by_the_client(client: redis.Redis) -> None:
    body = bytes(range(256))
    assert command(client, "SET", "key é", body, "PX", 60_000, "NX") == b"OK"
    assert client.get("key é") == body
    assert 0 < client.pttl("key é") <= 60_000
    assert command(client, "SET", "key é", "other", "PX", 60_000, "NX") is None
    assert command(client, "GETRANGE", "key é", 1, 4) == client.getrange("key é", 1, 4) == body[1:5]
    client.lpush("list", "a")
    with pytest.raises(redis.ResponseError):
        command(client, "GETRANGE", "list", 0, 4)
    assert command(client, "GETRANGE", "nothing", 0, 4) == b""


def test_command_uses_a_connection_of_the_pool(client: redis.Redis, look: redis.Redis) -> None:
    taken = client.connection_pool.get_connection()
    with pytest.raises(PoolExhausted):
        command(client, "PING")
    client.connection_pool.release(taken)
    look.client_kill_filter(_type="normal", skipme=True)
    assert command(client, "PING") == b"PONG"


def test_command_of_another_client_is_sent_by_that(client: redis.Redis) -> None:
    pool: Pool = client.connection_pool  # type: ignore[assignment] # of this class, as made above
    with redis.Redis(connection_pool=pool, single_connection_client=True) as single:
        assert command(single, "SET", "key", b"\xff", "PX", 60_000)
        assert command(single, "GETRANGE", "key", 0, 4) == b"\xff"
