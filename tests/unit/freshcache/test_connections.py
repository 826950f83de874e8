"""Connections to a single Redis, Sentinel, Cluster and TLS, with real servers."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import redis
import trustme
from django_redis.cache import RedisCache
from django_redis.pool import ConnectionFactory
from redis.exceptions import ConnectionError as RedisConnectionError

from feedsite import caches
from freshcache.errors import PoolExhausted
from freshcache.redis.connections import ClusterFactory, Pool
from tests.servers import RedisServer
from tests.unit.freshcache.topologies import SERVICE, Sentinel, start_cluster, tls_in_front_of

pytestmark = pytest.mark.redis

Connect = Callable[[str], RedisCache]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Make django-redis with the options for a URL of the environment."""
    with ExitStack() as stack:

        def make(url: str) -> RedisCache:
            config = caches.cache(url)
            made = RedisCache(config["LOCATION"], {"OPTIONS": config["OPTIONS"]})
            stack.callback(_forget, config["LOCATION"])
            return made

        yield make


def _forget(location: str) -> None:
    pools: dict[str, redis.ConnectionPool] = vars(ConnectionFactory)["_pools"]
    if pool := pools.pop(location, None):
        pool.disconnect()
    if cluster := ClusterFactory._clusters.pop(location, None):
        cluster.close()


def test_thread_without_free_connection_waits_and_then_raises_pool_exhausted(
    redis_server: RedisServer,
) -> None:
    pool = Pool.from_url(redis_server.url, max_connections=1, timeout=0.05, protocol=2)
    held = pool.get_connection()
    with pytest.raises(PoolExhausted, match="None of the 1 connections"):
        pool.get_connection()
    threading.Timer(0.02, pool.release, [held]).start()
    pool.timeout = 5
    pool.release(pool.get_connection())
    pool.disconnect()


def test_url_of_a_unix_socket_connects(connect: Connect, tmp_path: Path) -> None:
    path = tmp_path / "redis.sock"
    server = RedisServer("--unixsocket", str(path))
    server.start()
    cache = connect(f"unix://{path}?db=2")
    cache.set("name", "value")
    with server.client() as client:
        client.select(2)
        assert client.dbsize() == 1
    server.kill()


def test_connections_follow_a_failover_of_sentinel(
    connect: Connect, redis_server: RedisServer
) -> None:
    successor = RedisServer()
    successor.start()
    sentinel = Sentinel(redis_server.port)
    sentinel.start()
    cache = connect(f"redis+sentinel://127.0.0.1:1,127.0.0.1:{sentinel.port}/{SERVICE}/1")
    cache.set("name", "old")
    with redis_server.client() as client:
        client.select(1)
        assert client.dbsize() == 1
    sentinel.name(successor.port)
    redis_server.kill()
    assert cache.get("name") is None
    cache.set("name", "new")
    assert cache.get("name") == "new"
    with successor.client() as client:
        client.select(1)
        assert client.dbsize() == 1
    sentinel.kill()
    successor.kill()


def test_cluster_supports_every_call_of_the_cache(connect: Connect) -> None:
    node = start_cluster()
    cache = connect(f"redis+cluster://127.0.0.1:1,127.0.0.1:{node.port}")
    numbers = {f"key{n}": n for n in range(20)}  # in many slots
    cache.set_many(numbers)
    assert cache.get_many(numbers) == numbers
    cache.delete_many(["key0", "key1"])
    assert "key0" not in cache.get_many(numbers)
    assert cache.add("key2", 0) is False
    assert cache.incr("key2") == 3
    script = client_of(cache).register_script("return redis.call('GET', KEYS[1])")
    client_of(cache).set("{feed:global}:x", "1")
    assert script(keys=["{feed:global}:x"]) == b"1"
    client_of(cache).script_flush()
    assert script(keys=["{feed:global}:x"]) == b"1"
    node.kill()


def test_cluster_has_one_client_per_process(connect: Connect) -> None:
    node = start_cluster()
    url = f"redis+cluster://127.0.0.1:{node.port}"
    assert client_of(connect(url)) is client_of(connect(url))
    node.kill()


def test_unreachable_cluster_raises_a_connection_error_before_and_after_the_first_connection(
    connect: Connect,
) -> None:
    node = start_cluster()
    node.kill()
    cache = connect(f"redis+cluster://127.0.0.1:{node.port}")
    with pytest.raises(RedisConnectionError):
        client_of(cache)
    node = start_cluster()
    seen = client_of(connect(f"redis+cluster://127.0.0.1:{node.port}"))
    node.kill()
    with pytest.raises(RedisConnectionError):
        seen.get("name")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path) -> str:
    """The option of a URL that trusts the certificate authority of these tests."""
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return f"ssl_ca_certs={file}"


def test_tls_connects_to_the_named_server(
    connect: Connect, redis_server: RedisServer, authority: trustme.CA, trusted: str
) -> None:
    with tls_in_front_of(redis_server, authority, "localhost") as port:
        cache = connect(f"rediss://localhost:{port}/0?{trusted}")
        cache.set("name", "value")
        assert cache.get("name") == "value"


def test_tls_refuses_a_certificate_for_another_name(
    connect: Connect, redis_server: RedisServer, authority: trustme.CA, trusted: str
) -> None:
    with tls_in_front_of(redis_server, authority, "elsewhere.example.org") as port:
        cache = connect(f"rediss://localhost:{port}/0?{trusted}")
        with pytest.raises(redis.ConnectionError, match="Hostname mismatch"):
            client_of(cache).ping()


def test_tls_refuses_a_certificate_of_an_unknown_authority(
    connect: Connect, redis_server: RedisServer, trusted: str
) -> None:
    with tls_in_front_of(redis_server, trustme.CA(), "localhost") as port:
        cache = connect(f"rediss://localhost:{port}/0?{trusted}")
        with pytest.raises(redis.ConnectionError, match="certificate verify failed"):
            client_of(cache).ping()


def test_sentinel_over_tls_checks_the_sentinel_and_the_server(
    connect: Connect, redis_server: RedisServer, authority: trustme.CA, trusted: str
) -> None:
    with (
        tls_in_front_of(redis_server, authority, "127.0.0.1") as port,
        tls_in_front_of(redis_server, trustme.CA(), "127.0.0.1") as untrusted_port,
    ):
        sentinel = Sentinel(port)
        sentinel.start()
        with tls_in_front_of(sentinel, authority, "localhost") as sentinel_port:
            url = f"rediss+sentinel://localhost:{sentinel_port}/{SERVICE}?{trusted}"
            cache = connect(url)
            cache.set("name", "value")
            assert cache.get("name") == "value"
            sentinel.name(untrusted_port)
            client_of(cache).connection_pool.disconnect()
            with pytest.raises(redis.ConnectionError, match="certificate verify failed"):
                client_of(cache).ping()
        sentinel.kill()


def test_a_cluster_over_tls_checks_its_nodes(
    connect: Connect, authority: trustme.CA, trusted: str
) -> None:
    node = start_cluster()
    with tls_in_front_of(node, trustme.CA(), "localhost") as port:
        cache = connect(f"rediss+cluster://localhost:{port}?{trusted}")
        with pytest.raises(redis.ConnectionError, match="certificate verify failed"):
            client_of(cache)
    node.kill()


def client_of(cache: RedisCache) -> Any:
    return cache.client.get_client(write=True)
