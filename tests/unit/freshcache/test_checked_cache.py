"""Foreign values in Redis are a miss and a line in the log, and no outage."""

import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import redis

from freshcache.django.backend import ResilientRedisCache
from tests.unit.freshcache.fleet import Worker

KEY = "site:1:key"
Put = Callable[[redis.Redis], object]
FOREIGN: dict[str, Put] = {
    "text": lambda look: look.set(KEY, "no json"),
    "empty": lambda look: look.set(KEY, ""),
    "bytes": lambda look: look.set(KEY, b"\x00\xff\xfe"),
    "null": lambda look: look.set(KEY, "null"),
    "pickle": lambda look: look.set(KEY, pickle.dumps({"a": 1})),
    "half of some JSON": lambda look: look.set(KEY, '{"a": '),
    "deep JSON": lambda look: look.set(KEY, "[" * 200_000),
    "digits beyond what Python reads": lambda look: look.set(KEY, "9" * 5_000),
    "list": lambda look: look.rpush(KEY, "a"),
    "set": lambda look: look.sadd(KEY, "a"),
    "hash": lambda look: look.hset(KEY, "a", "b"),
    "sorted set": lambda look: look.zadd(KEY, {"a": 1}),
    "stream": lambda look: look.xadd(KEY, {"a": "b"}),
}
MISSING = object()


def refused(call: Callable[[], object]) -> object:
    with pytest.raises(ValueError, match="not found"):
        call()
    return "not found"


Call = Callable[[ResilientRedisCache], Any]
# Each call with its result for a missing key.
CALLS: dict[str, tuple[Call, Any]] = {
    "get": (lambda cache: cache.get("key"), None),
    "get with a default": (lambda cache: cache.get("key", []), []),
    "get_many": (lambda cache: cache.get_many(["key", "other"]), {"other": 1}),
    "has_key": (lambda cache: cache.has_key("key"), False),
    "in": (lambda cache: "key" in cache, False),
    "add": (lambda cache: (cache.add("key", 1), cache.get("key")), (True, 1)),
    "set": (lambda cache: (cache.set("key", 1), cache.get("key")), (True, 1)),
    "set_many": (lambda cache: (cache.set_many({"key": 1}), cache.get("key")), ([], 1)),
    "get_or_set": (lambda cache: (cache.get_or_set("key", 2), cache.get("key")), (2, 2)),
    "touch": (lambda cache: cache.touch("key", 60), False),
    "touch for ever": (lambda cache: cache.touch("key", None), False),
    "incr": (lambda cache: refused(lambda: cache.incr("key")), "not found"),
    "decr": (lambda cache: refused(lambda: cache.decr("key")), "not found"),
    "incr_version": (lambda cache: refused(lambda: cache.incr_version("key")), "not found"),
    "delete_many": (lambda cache: cache.delete_many(["key", "other"]) and None, None),
    "clear": (lambda cache: cache.clear(), None),
}


@pytest.mark.redis
@pytest.mark.parametrize("put", FOREIGN.values(), ids=FOREIGN.keys())
@pytest.mark.parametrize(("call", "expected"), CALLS.values(), ids=CALLS.keys())
def test_foreign_value_is_a_miss_and_leaves_the_breaker_closed(
    cache: ResilientRedisCache,
    look: redis.Redis,
    worker: Worker,
    put: Put,
    call: Call,
    expected: Any,
) -> None:
    cache.set("other", 1)
    put(look)
    assert call(cache) == expected
    assert worker.cache.breaker.closed
    if look.type(KEY) == "string":  # MGET shows another type as missing, and leaves it
        assert json.loads(str(look.get(KEY))) in {1, 2}


@pytest.mark.redis
@pytest.mark.parametrize("put", FOREIGN.values(), ids=FOREIGN.keys())
def test_foreign_value_can_be_deleted(
    cache: ResilientRedisCache, look: redis.Redis, put: Put
) -> None:
    put(look)
    assert cache.delete("key") is True
    assert not look.exists(KEY)


@pytest.mark.redis
@pytest.mark.parametrize("name", ["text", "list", "pickle"])
def test_foreign_value_is_logged_once(
    cache: ResilientRedisCache,
    look: redis.Redis,
    name: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    FOREIGN[name](look)
    cache.get("key")
    cache.get("key")
    assert caplog.messages == ["foreign value in Redis: deleted"]
    assert vars(caplog.records[0])["key"] == KEY


@pytest.mark.redis
def test_number_beyond_64_bits_can_be_read_and_raised(
    cache: ResilientRedisCache, look: redis.Redis, worker: Worker
) -> None:
    look.set(KEY, "9" * 400)
    assert cache.get("key") == int("9" * 400)
    assert cache.incr("key") == int("9" * 400) + 1
    assert worker.cache.breaker.closed


@pytest.mark.redis
def test_incr_of_a_text_raises(cache: ResilientRedisCache) -> None:
    cache.set("key", "text")
    with pytest.raises(ValueError, match="not found"):
        cache.incr("key")


@pytest.mark.redis
@pytest.mark.parametrize(
    "message",
    [
        "OOM command not allowed",
        "READONLY You can't write",
        "LOADING Redis is loading",
        "ERR what?",
    ],
)
def test_any_other_refusal_opens_the_breaker(
    cache: ResilientRedisCache, worker: Worker, monkeypatch: pytest.MonkeyPatch, message: str
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise redis.ResponseError(message)

    monkeypatch.setattr(cache.client.get_client(write=True), "get", refuse)
    assert cache.get("key", "default") == "default"
    assert not worker.cache.breaker.closed


@pytest.mark.redis
def test_run_uses_memory_while_the_breaker_is_open(
    cache: ResilientRedisCache, worker: Worker
) -> None:
    def with_redis(client: redis.Redis) -> str:
        return f"redis: {client.ping()}"

    assert cache.run(with_redis, lambda: "memory") == "redis: True"
    worker.cache.breaker.trip(redis.ConnectionError("away"))
    assert cache.run(with_redis, lambda: "memory") == "memory"
