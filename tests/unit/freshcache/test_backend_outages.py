"""The backend while Redis is away and after it returns: no old value is served."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import redis

from freshcache.breaker import State
from freshcache.django import backend
from freshcache.django.backend import ResilientRedisCache
from tests.unit.freshcache.conftest import MakeCache
from tests.unit.freshcache.fleet import Fleet, Worker, hanging
from tests.unit.freshcache.threads import Gate, Threads


def away(worker: Worker) -> None:
    """Only this process loses its connection to Redis, which keeps its data."""
    worker.cache.breaker.trip(redis.ConnectionError("away"))


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_calls_use_memory_while_redis_is_killed_or_stopped(
    cache: ResilientRedisCache, fleet: Fleet, worker: Worker, end: str
) -> None:
    cache.set("key", 1)
    getattr(fleet.server, end)()
    assert cache.get("key") is None
    assert worker.cache.breaker.state is State.OPEN
    cache.set("key", 2)
    assert cache.get("key") == 2


def test_outage_found_by_the_backend_is_known_to_freshcache(
    cache: ResilientRedisCache, fleet: Fleet, worker: Worker
) -> None:
    worker.read()
    fleet.server.kill()
    cache.get("key")
    assert not worker.read().shared


CHANGES: dict[str, Callable[[ResilientRedisCache], object]] = {
    "set": lambda cache: cache.set("key", "new"),
    "set_many": lambda cache: cache.set_many({"key": "new"}),
    "delete": lambda cache: cache.delete("key"),
    "delete_many": lambda cache: cache.delete_many(key for key in ["key"]),
    "add": lambda cache: cache.add("key", "new"),
    "touch": lambda cache: cache.touch("key", 1),
    "clear": lambda cache: cache.clear(),
    "get_or_set": lambda cache: cache.get_or_set("key", "new"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_value_changed_during_an_outage_does_not_return_after_it(
    make: MakeCache, worker: Worker, change: Callable[[ResilientRedisCache], object]
) -> None:
    caches = [make(), make(VERSION=2), make(KEY_PREFIX="other")]
    for cache in caches:
        cache.set("key", "old")
    away(worker)
    for cache in caches:
        change(cache)
    worker.heal()
    assert [cache.get("key") for cache in caches] == [None] * 3
    caches[0].set("key", "newest")
    assert caches[0].get("key") == "newest"


def test_value_of_an_explicit_version_deleted_during_an_outage_does_not_return(
    cache: ResilientRedisCache, worker: Worker
) -> None:
    cache.set("key", "old", version=7)
    away(worker)
    cache.delete("key", version=7)
    worker.heal()
    assert cache.get("key", version=7) is None


def test_value_not_changed_during_an_outage_remains(
    cache: ResilientRedisCache, worker: Worker
) -> None:
    cache.set_many({"key": "old", "other": "old"})
    away(worker)
    cache.set("key", "new")
    worker.heal()
    assert cache.get("other") == "old"


def test_second_outage_does_not_show_values_of_the_first(
    cache: ResilientRedisCache, worker: Worker
) -> None:
    away(worker)
    cache.set("key", "first outage")
    worker.heal()
    cache.set("key", "between")
    away(worker)
    assert cache.get("key") is None


def test_changed_keys_are_kept_until_redis_has_deleted_them(
    cache: ResilientRedisCache, fleet: Fleet, worker: Worker
) -> None:
    cache.set("key", "old")
    away(worker)
    cache.delete("key")
    worker.heal()
    with hanging(fleet.server):
        worker.pool.connection_kwargs["socket_timeout"] = 0.1
        worker.pool.disconnect()
        assert cache.get("key") is None
    assert worker.cache.breaker.state is State.OPEN
    worker.heal()
    assert cache.get("key") is None


def test_no_thread_reads_redis_before_changed_keys_are_deleted(
    cache: ResilientRedisCache, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.set("key", "old")
    away(worker)
    cache.set("key", "new")
    worker.heal()
    gate, threads, seen = Gate(), Threads(), []
    client = cache.client.get_client(write=True)
    delete = client.delete

    def slow_delete(*keys: str) -> Any:
        gate()
        return delete(*keys)

    monkeypatch.setattr(client, "delete", slow_delete)
    threads.start(lambda: cache.get("key"))
    gate.wait()
    threads.start(lambda: seen.append(cache.get("key")))
    second = threading.Timer(0.1, gate.open)
    second.start()
    threads.join()
    assert seen == [None]


def test_call_without_free_connection_uses_memory_and_its_change_is_not_lost(
    make: MakeCache, worker: Worker
) -> None:
    worker.pool.timeout = 0.01
    cache = make()
    cache.set("key", "old")
    taken = [worker.pool.get_connection() for _ in range(10)]
    assert cache.get("key") is None
    cache.set("key", "new")
    assert worker.cache.breaker.closed
    for connection in taken:
        worker.pool.release(connection)
    assert cache.get("key") is None, "it was deleted in Redis"


def test_number_of_changed_keys_is_bounded(
    cache: ResilientRedisCache, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "MAX_KEYS", 3)
    away(worker)
    for number in range(10):
        cache.set(f"key{number}", number)
    assert list(backend._changed_keys._keys) == ["site:1:key7", "site:1:key8", "site:1:key9"]
