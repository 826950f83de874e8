"""Fixtures that every test may use: servers, clean caches, waiting for a condition."""

import os
from collections.abc import Callable, Iterator

import pytest
import redis
from django.core.cache import cache
from pytest_django import Settings

from tests import servers
from tests.servers import RedisServer


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The embedded run has no servers, so tests that need one are not part of it."""
    if not servers.EMBEDDED:
        return
    left_out = [
        item
        for item in items
        if item.get_closest_marker("redis") or item.get_closest_marker("postgres")
    ]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite on disk, as it is deployed: one in memory locks in another way."""


@pytest.fixture(autouse=True)
def _fast_passwords(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def wait_until() -> Callable[..., None]:
    return servers.wait_until


@pytest.fixture(autouse=True)
def _clean_caches() -> None:
    """No test sees what another one cached."""
    if "REDIS_URL" in os.environ:
        with redis.Redis.from_url(os.environ["REDIS_URL"], protocol=2) as client:
            client.flushall()
    cache.clear()
    # feed.pages.reset() goes here.


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A Redis of this test's own, already started."""
    server = RedisServer()
    server.start()
    yield server
    server.kill()
