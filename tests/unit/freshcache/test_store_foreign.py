"""Foreign values in Redis count as lost, and are replaced."""

import json
from typing import Any

import pytest
import redis

from freshcache.redis.store import Store
from freshcache.redis.stored_page import StoredPage
from tests.unit.freshcache.fleet import KEYS, SECRET, Fleet

FOREIGN_NUMBERS = [
    "", "0", "-5", "1.5", "0x10", " 12 ", "007", "nan", "inf", "-inf", "1e300", "9007199254740993",
    "9" * 400, "garbage", "\x00\xff", "[1]",
]  # fmt: skip


@pytest.fixture
def store(fleet: Fleet) -> Store:
    client = redis.Redis(connection_pool=fleet.pool(10, 2.0, 2.0))
    return Store(lambda: client, key_names=KEYS, secret=SECRET)


def page(generation: int, *, as_of_us: int = 1, counts: int = 1, body: bytes = b"{}") -> StoredPage:
    return StoredPage(generation, counts, as_of_us, body)


def fill(store: Store, page: StoredPage, *, token: str = "") -> bool:
    return store.fill("feed", page, ttl_seconds=30.0, token=token)


def put_foreign(look: redis.Redis, key: str, kind: str) -> None:
    look.delete(key)
    if kind == "list":
        look.rpush(key, "a", "b")
    elif kind == "hash":
        look.hset(key, "field", "value")
    else:
        look.set(key, kind)


@pytest.mark.parametrize("kind", ["list", "hash", *FOREIGN_NUMBERS])
def test_foreign_generation_is_replaced_and_invalidation_continues(
    store: Store, look: redis.Redis, kind: str
) -> None:
    put_foreign(look, KEYS.generation, kind)
    healed = store.confirm(seen=0)
    assert abs(healed.generation - healed.now_us) < 1_000_000
    assert fill(store, page(healed.generation))
    assert store.confirm(seen=0, bump="content").generation > healed.generation


@pytest.mark.parametrize("kind", ["list", "hash", *FOREIGN_NUMBERS])
def test_foreign_counts_version_is_replaced_and_continues(
    store: Store, look: redis.Redis, kind: str
) -> None:
    put_foreign(look, KEYS.counts_version, kind)
    healed = store.confirm(seen=0)
    assert abs(healed.counts_version - healed.now_us) < 1_000_000
    assert store.confirm(seen=0).counts_version == healed.counts_version
    assert store.confirm(seen=0, bump="counts").counts_version > healed.counts_version


@pytest.mark.parametrize("kind", ["list", "hash", "garbage"])
def test_fill_is_refused_while_the_generation_is_foreign(
    store: Store, look: redis.Redis, kind: str
) -> None:
    generation = store.confirm(seen=0).generation
    put_foreign(look, KEYS.generation, kind)
    assert not fill(store, page(generation))


@pytest.mark.parametrize("kind", ["list", "hash", "", "garbage", "\n", "[" * 100_000, "{}\n{}"])
def test_foreign_value_is_not_a_page_and_is_replaced(
    store: Store, look: redis.Redis, kind: str
) -> None:
    put_foreign(look, KEYS.page("feed"), kind)
    assert store.get("feed") is None
    generation = store.confirm(seen=0).generation
    assert fill(store, page(generation))
    assert store.get("feed") == page(generation)


@pytest.mark.parametrize(
    "head",
    [
        None, 1, [], "x", {}, {"generation": 1, "counts": 1},
        {"generation": "1", "counts": 1, "as_of_us": 1},
        {"generation": 1.0, "counts": 1, "as_of_us": 1},
        {"generation": 1, "counts": True, "as_of_us": 1},
        {"generation": 1, "counts": 1, "as_of_us": None},
    ],
)  # fmt: skip
def test_page_without_its_three_numbers_is_refused(head: Any) -> None:
    assert StoredPage.decode(json.dumps(head).encode() + b"\n{}") is None


@pytest.mark.parametrize("kind", ["list", "garbage"])
def test_foreign_counters_read_as_zero_and_are_replaced(
    store: Store, look: redis.Redis, kind: str
) -> None:
    put_foreign(look, KEYS.stats, kind)
    assert store.counters()["hits"] == 0
    store.count({"hits": 3})
    assert store.counters()["hits"] == 3


def test_single_foreign_counter_is_replaced(store: Store, look: redis.Redis) -> None:
    store.count({"hits": 3, "misses": 1})
    look.hset(KEYS.stats, "hits", "many")
    assert store.counters()["hits"] == 0
    store.count({"hits": 2})
    assert (store.counters()["hits"], store.counters()["misses"]) == (2, 1)
