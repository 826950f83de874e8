"""Fixtures for tests of the cache: a Redis that may be ended, and a fleet of workers over it."""

from collections.abc import Iterator

import pytest
import redis

from tests.feed.fleet import Clock, Fleet
from tests.servers import RedisServer


@pytest.fixture(scope="session")
def _own_redis() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.kill()


@pytest.fixture
def own_redis(_own_redis: RedisServer) -> RedisServer:
    """A Redis that a test may stop or kill: empty, and running again for the next test."""
    _own_redis.start()
    with _own_redis.client() as client:
        client.flushall()
        client.script_flush()
    return _own_redis


@pytest.fixture
def look(own_redis: RedisServer) -> Iterator[redis.Redis]:
    """A client for looking into Redis, and for writing there what no worker would."""
    with own_redis.client() as client:
        yield client


@pytest.fixture
def fleet(own_redis: RedisServer) -> Iterator[Fleet]:
    fleet = Fleet(own_redis)
    yield fleet
    fleet.close()


@pytest.fixture
def clock(fleet: Fleet) -> Clock:
    return fleet.clock
