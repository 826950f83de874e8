"""The backend works as Django documents, with Redis and with memory in an outage."""

from collections.abc import Callable

import pytest
import redis

from freshcache.django.backend import ResilientRedisCache
from tests.unit.freshcache.conftest import MakeCache
from tests.unit.freshcache.fleet import Worker


@pytest.fixture(params=["breaker closed", "breaker open"])
def either(request: pytest.FixtureRequest, make: MakeCache, worker: Worker) -> ResilientRedisCache:
    """A backend that uses Redis, and one that uses memory: both behave alike."""
    if request.param == "breaker open":
        worker.cache.breaker.trip(redis.ConnectionError("away"))
    return make()


def test_get_returns_the_value_that_was_set(either: ResilientRedisCache) -> None:
    either.set("key", {"list": [1, "ä", None]})
    assert either.get("key") == {"list": [1, "ä", None]}
    assert either.get("none") is None
    assert either.get("none", "default") == "default"
    assert either.has_key("key")
    assert "none" not in either


def test_add_keeps_an_existing_value(either: ResilientRedisCache) -> None:
    assert either.add("key", 1)
    assert not either.add("key", 2)
    assert either.get("key") == 1


def test_many_keys_are_set_read_and_deleted_in_one_call(either: ResilientRedisCache) -> None:
    assert either.set_many({"one": 1, "two": [2]}) == []
    assert either.get_many(["one", "two", "three"]) == {"one": 1, "two": [2]}
    either.delete_many(["one", "three"])
    assert either.get_many(key for key in ("one", "two")) == {"two": [2]}
    assert either.set_many({}) == []
    assert either.get_many([]) == {}
    either.delete_many([])


def test_incr_and_decr_change_a_number(either: ResilientRedisCache) -> None:
    either.set("key", 10)
    assert (either.incr("key"), either.incr("key", 5), either.decr("key", 2)) == (11, 16, 14)
    assert either.get("key") == 14
    with pytest.raises(ValueError, match="none"):
        either.incr("none")
    with pytest.raises(ValueError, match="none"):
        either.decr("none")


def test_delete_removes_one_key_and_clear_all(either: ResilientRedisCache) -> None:
    either.set_many({"one": 1, "two": 2, "three": 3})
    assert either.delete("one") is True
    assert either.delete("one") is False
    assert either.get_many(["one", "two"]) == {"two": 2}
    either.clear()
    assert either.get_many(["two", "three"]) == {}


def test_get_or_set_calls_the_default_once(either: ResilientRedisCache) -> None:
    calls: list[int] = []

    def load() -> str:
        calls.append(1)
        return "value"

    for _ in range(3):
        assert either.get_or_set("key", load, 60) == "value"
    assert calls == [1]


def test_versions_are_separate_and_can_be_raised(either: ResilientRedisCache) -> None:
    either.set("key", "one", version=1)
    either.set("key", "two", version=2)
    assert (either.get("key", version=1), either.get("key", version=2)) == ("one", "two")
    either.delete("key", version=2)
    assert either.incr_version("key", version=1) == 2
    assert (either.get("key", version=1), either.get("key", version=2)) == (None, "one")
    assert either.decr_version("key", version=2) == 1
    assert either.get("key") == "one"


def test_value_expires_after_its_time_out(
    either: ResilientRedisCache, wait_until: Callable[..., None]
) -> None:
    either.set("short", 1, 0.05)
    either.set("never", 1, None)
    either.set("expired", 1, 0)
    either.set_many({"many": 1}, 0.05)
    either.set("touched", 1, 60)
    assert either.touch("touched", 0.05)
    assert not either.touch("none")
    assert either.get("expired") is None
    wait_until(lambda: either.get_many(["short", "many", "touched"]) == {})
    assert either.get("never") == 1


def test_time_outs_in_redis_are_those_requested(
    make: MakeCache, look: redis.Redis, worker: Worker
) -> None:
    cache = make(TIMEOUT=100)
    cache.set("default", 1)
    cache.set("given", 1, 7)
    cache.set_many({"many": 1}, 8)
    cache.set("never", 1, None)
    assert 99 <= look.ttl("site:1:default") <= 100
    assert 6 <= look.ttl("site:1:given") <= 7
    assert 7 <= look.ttl("site:1:many") <= 8
    assert look.ttl("site:1:never") == -1
    assert cache.touch("given", 50)
    assert 49 <= look.ttl("site:1:given") <= 50


def test_values_in_redis_are_json(cache: ResilientRedisCache, look: redis.Redis) -> None:
    cache.set("key", {"a": ["ä"]})
    assert look.get("site:1:key") == '{"a": ["\\u00e4"]}'
    with pytest.raises(TypeError):
        cache.set("key", object())


def test_caches_with_other_prefixes_and_versions_share_no_keys(
    make: MakeCache, worker: Worker
) -> None:
    one, prefixed, versioned = make(), make(KEY_PREFIX="other"), make(VERSION=2)
    for _ in range(2):
        for number, each in enumerate((one, prefixed, versioned)):
            each.set("key", number)
        assert [each.get("key") for each in (one, prefixed, versioned)] == [0, 1, 2]
        worker.cache.breaker.trip(redis.ConnectionError("away"))
