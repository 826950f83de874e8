"""What the fleet shares in Redis, and what is made of values that nobody of ours wrote."""

import json
from typing import Any

import pytest
import redis

from feed.metrics import EVENTS
from feed.store import (
    COUNTS_KEY,
    GENERATION_KEY,
    STATS_KEY,
    TAG,
    Store,
    StoredPage,
    page_key,
)
from tests.feed.fleet import Fleet

FOREIGN_NUMBERS = [
    "", "0", "-5", "1.5", "0x10", " 12 ", "007", "nan", "inf", "-inf", "1e300", "9007199254740993",
    "9" * 400, "garbage", "\x00\xff", "[1]",
]  # fmt: skip


@pytest.fixture
def store(fleet: Fleet) -> Store:
    client = redis.Redis(connection_pool=fleet.pool(10, 2.0, 2.0))
    return Store(lambda: client)


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


def test_the_first_question_makes_a_generation_out_of_redis_time(
    store: Store, look: redis.Redis
) -> None:
    answer = store.confirm(seen=0)
    seconds, microseconds = look.time()
    now = seconds * 1_000_000 + microseconds
    assert now - 10_000_000 < answer.generation == answer.counts == answer.now_us <= now
    assert look.get(GENERATION_KEY) == str(answer.generation)
    assert store.confirm(seen=0).generation == answer.generation


def test_asking_changes_nothing(store: Store) -> None:
    first, second = store.confirm(seen=0), store.confirm(seen=0)
    assert (first.generation, first.counts) == (second.generation, second.counts)
    assert second.now_us > first.now_us


def test_a_bump_of_posts_leaves_counts_alone_and_the_other_way_round(store: Store) -> None:
    before = store.confirm(seen=0)
    posts = store.confirm(seen=0, bump="posts")
    assert (posts.generation > before.generation, posts.counts) == (True, before.counts)
    counts = store.confirm(seen=0, bump="counts")
    assert (counts.generation, counts.counts > before.counts) == (posts.generation, True)


def test_each_bump_is_higher_even_when_redis_clock_is_behind(
    store: Store, look: redis.Redis
) -> None:
    ahead = store.confirm(seen=0).now_us + 3_600_000_000
    look.set(GENERATION_KEY, ahead)
    look.set(COUNTS_KEY, ahead)
    assert store.confirm(seen=0).generation == ahead
    assert store.confirm(seen=0, bump="posts").generation == ahead + 1
    assert store.confirm(seen=0, bump="posts").generation == ahead + 2
    assert store.confirm(seen=0, bump="counts").counts == ahead + 1


def test_a_generation_lower_than_what_the_worker_has_seen_is_replaced_by_a_higher(
    store: Store, look: redis.Redis
) -> None:
    ahead = store.confirm(seen=0).now_us + 3_600_000_000
    assert store.confirm(seen=ahead).generation == ahead + 1
    assert look.get(GENERATION_KEY) == str(ahead + 1)
    look.flushall()
    assert store.confirm(seen=ahead + 1).generation == ahead + 2


@pytest.mark.parametrize("kind", ["list", "hash", *FOREIGN_NUMBERS])
def test_a_foreign_generation_is_replaced_and_invalidating_goes_on(
    store: Store, look: redis.Redis, kind: str
) -> None:
    put_foreign(look, GENERATION_KEY, kind)
    healed = store.confirm(seen=0)
    assert abs(healed.generation - healed.now_us) < 1_000_000
    assert fill(store, page(healed.generation))
    assert store.confirm(seen=0, bump="posts").generation > healed.generation


@pytest.mark.parametrize("kind", ["list", "hash", *FOREIGN_NUMBERS])
def test_foreign_counts_are_replaced_and_go_on(store: Store, look: redis.Redis, kind: str) -> None:
    put_foreign(look, COUNTS_KEY, kind)
    healed = store.confirm(seen=0)
    assert abs(healed.counts - healed.now_us) < 1_000_000
    assert store.confirm(seen=0).counts == healed.counts
    assert store.confirm(seen=0, bump="counts").counts > healed.counts


def test_evicted_counts_come_back_as_ones_that_never_were(store: Store, look: redis.Redis) -> None:
    before = store.confirm(seen=0).counts
    look.delete(COUNTS_KEY)
    first = store.confirm(seen=0).counts
    look.delete(COUNTS_KEY)
    assert before < first < store.confirm(seen=0).counts


def test_a_filled_page_comes_back_as_it_was(store: Store) -> None:
    generation = store.confirm(seen=0).generation
    filled = page(generation, as_of_us=5, counts=6, body='{"content":"ä\\n\n☃"}'.encode())
    assert fill(store, filled)
    assert store.get("feed") == filled
    assert store.get("author") is None


def test_a_fill_of_another_generation_is_refused(store: Store) -> None:
    generation = store.confirm(seen=0).generation
    assert not fill(store, page(generation - 1))
    assert not fill(store, page(generation + 1))
    assert store.get("feed") is None


@pytest.mark.parametrize("kind", ["list", "hash", "garbage"])
def test_a_fill_is_refused_while_the_generation_is_foreign(
    store: Store, look: redis.Redis, kind: str
) -> None:
    generation = store.confirm(seen=0).generation
    put_foreign(look, GENERATION_KEY, kind)
    assert not fill(store, page(generation))


@pytest.mark.parametrize("seconds", [0.0001, 0.001, 1.5])
def test_time_outs_are_milliseconds_and_never_none_at_all(
    store: Store, look: redis.Redis, seconds: float
) -> None:
    generation = store.confirm(seen=0).generation
    assert store.fill("feed", page(generation), ttl_seconds=seconds, token="")
    assert store.lease("feed", generation=generation, seconds=seconds)
    assert all(look.pttl(key) <= max(1, seconds * 1000) for key in look.keys("*:v1:*"))


def test_one_lease_per_page_and_generation(store: Store) -> None:
    assert store.lease("feed", generation=5, seconds=9)
    assert not store.lease("feed", generation=5, seconds=9)
    assert store.lease("feed", generation=6, seconds=9)
    assert store.lease("author", generation=5, seconds=9)


def test_a_fill_gives_back_its_own_lease_even_when_refused_and_nobody_elses(store: Store) -> None:
    generation = store.confirm(seen=0).generation
    for current in (generation, generation - 1):
        token = store.lease("feed", generation=current, seconds=9)
        fill(store, page(current), token="another's")
        assert not store.lease("feed", generation=current, seconds=9)
        fill(store, page(current), token=token)
        assert store.lease("feed", generation=current, seconds=9)


def test_a_lease_is_released_only_by_its_token(store: Store) -> None:
    token = store.lease("feed", generation=5, seconds=9)
    store.release("feed", generation=5, token="another's")
    assert not store.lease("feed", generation=5, seconds=9)
    store.release("feed", generation=5, token=token)
    assert store.lease("feed", generation=5, seconds=9)


@pytest.mark.parametrize("kind", ["list", "hash", "", "garbage", "\n", "[" * 100_000, "{}\n{}"])
def test_a_foreign_value_is_no_page_and_is_replaced(
    store: Store, look: redis.Redis, kind: str
) -> None:
    put_foreign(look, page_key("feed"), kind)
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
def test_a_page_needs_its_three_numbers(head: Any) -> None:
    assert StoredPage.decode(json.dumps(head).encode() + b"\n{}") is None


def test_scripts_that_redis_forgot_are_sent_again(store: Store, look: redis.Redis) -> None:
    generation = store.confirm(seen=0).generation
    look.script_flush()
    assert store.confirm(seen=0).generation == generation
    look.script_flush()
    assert fill(store, page(generation))


def test_all_keys_lie_in_one_slot_of_a_cluster(store: Store, look: redis.Redis) -> None:
    generation = store.confirm(seen=0, bump="counts").generation
    fill(store, page(generation))
    store.lease("feed", generation=generation, seconds=9)
    store.count({"hits": 1})
    keys = look.keys()
    assert len(keys) == 5
    assert all(str(key).startswith(f"{TAG}:") for key in keys)


@pytest.mark.parametrize("name", ["", "a b", "a\n", "{feed}", "é", "a" * 201, "a/b", "*"])
def test_what_can_be_no_name_is_refused(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="not a page name"):
        store.get(name)


def test_counts_of_the_fleet_add_up(store: Store) -> None:
    assert store.counters() == dict.fromkeys(EVENTS, 0)
    store.count({"hits": 3, "misses": 1})
    store.count({"hits": 4})
    assert store.counters() == {**dict.fromkeys(EVENTS, 0), "hits": 7, "misses": 1}


@pytest.mark.parametrize("kind", ["list", "garbage"])
def test_foreign_counters_count_as_none_and_are_replaced(
    store: Store, look: redis.Redis, kind: str
) -> None:
    put_foreign(look, STATS_KEY, kind)
    assert store.counters()["hits"] == 0
    store.count({"hits": 3})
    assert store.counters()["hits"] == 3


def test_a_single_foreign_counter_is_replaced(store: Store, look: redis.Redis) -> None:
    store.count({"hits": 3, "misses": 1})
    look.hset(STATS_KEY, "hits", "many")
    assert store.counters()["hits"] == 0
    store.count({"hits": 2})
    assert (store.counters()["hits"], store.counters()["misses"]) == (2, 1)


def test_a_redis_that_is_gone_raises_a_redis_error(store: Store, fleet: Fleet) -> None:
    fleet.server.kill()
    with pytest.raises(redis.RedisError):
        store.ping()
    fleet.server.start()
    store.ping()
