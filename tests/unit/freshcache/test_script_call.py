"""The packed call of a script does what the client's own does."""

import pytest
import redis

from freshcache.errors import PoolExhausted
from freshcache.redis import script_call
from freshcache.redis.connections import Pool
from tests.unit.freshcache.fleet import Fleet

pytestmark = pytest.mark.redis

ECHO = "return {KEYS[1], ARGV[1], ARGV[2]}"


@pytest.fixture
def client(fleet: Fleet) -> redis.Redis:
    """A client with one connection, which waits for it for a millisecond."""
    return redis.Redis(connection_pool=fleet.pool(1, 0.001, 2.0))


def echo(client: redis.Redis, digest: str) -> object:
    return script_call.call(client, digest, ["key é"], [7, "text\r\n"])


def test_answer_is_that_of_the_client(client: redis.Redis) -> None:
    script = client.register_script(ECHO)
    expected = script(["key é"], [7, "text\r\n"])
    assert [echo(client, script.sha) for _ in range(2)] == [expected] * 2


def test_dropped_connection_is_replaced(client: redis.Redis, look: redis.Redis) -> None:
    script = client.register_script(ECHO)
    expected = script(["key é"], [7, "text\r\n"])
    look.client_kill_filter(_type="normal", skipme=True)
    assert echo(client, script.sha) == expected


def test_connection_is_returned_after_an_error(client: redis.Redis) -> None:
    for _ in range(2):
        with pytest.raises(redis.exceptions.NoScriptError):
            echo(client, "0" * 40)
    assert client.ping()


def test_exhausted_pool_is_reported(client: redis.Redis) -> None:
    taken = client.connection_pool.get_connection()
    with pytest.raises(PoolExhausted):
        echo(client, "0" * 40)
    client.connection_pool.release(taken)


def test_client_of_a_cluster_or_of_one_connection_is_left_alone(client: redis.Redis) -> None:
    assert script_call.can_call(client)
    assert not script_call.can_call(object())
    pool: Pool = client.connection_pool  # type: ignore[assignment] # of this class, as made above
    with redis.Redis(connection_pool=pool, single_connection_client=True) as single:
        assert not script_call.can_call(single)
