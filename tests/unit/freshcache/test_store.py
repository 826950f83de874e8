"""The data in Redis: generations, pages, leases, counters."""

import pytest
import redis

from freshcache.metrics import EVENTS
from freshcache.redis.store import Store
from freshcache.redis.stored_page import StoredPage
from tests.processes import free_port
from tests.unit.freshcache.fleet import KEYS, SECRET, Fleet


@pytest.fixture
def store(fleet: Fleet) -> Store:
    client = redis.Redis(connection_pool=fleet.pool(10, 2.0, 2.0))
    return Store(lambda: client, key_names=KEYS, secret=SECRET)


def page(generation: int, *, as_of_us: int = 1, counts: int = 1, body: bytes = b"{}") -> StoredPage:
    return StoredPage(generation, counts, as_of_us, body)


def fill(store: Store, page: StoredPage, *, token: str = "") -> bool:
    return store.fill("feed", page, ttl_seconds=30.0, token=token)


def test_first_confirm_begins_a_generation_from_the_clock_of_redis(
    store: Store, look: redis.Redis
) -> None:
    answer = store.confirm(seen=0)
    seconds, microseconds = look.time()
    now = seconds * 1_000_000 + microseconds
    assert now - 10_000_000 < answer.generation == answer.counts_version == answer.now_us <= now
    assert look.get(KEYS.generation) == str(answer.generation)
    assert store.confirm(seen=0).generation == answer.generation


def test_each_call_uses_the_client_that_connect_returns(fleet: Fleet) -> None:
    here = redis.Redis(connection_pool=fleet.pool(10, 2.0, 2.0))
    clients = [here, redis.Redis(port=free_port())]
    store = Store(lambda: clients.pop(0), key_names=KEYS, secret=SECRET)
    store.confirm(seen=0)
    with pytest.raises(redis.ConnectionError):
        store.confirm(seen=0)


def test_confirm_without_bump_changes_nothing(store: Store) -> None:
    first, second = store.confirm(seen=0), store.confirm(seen=0)
    assert (first.generation, first.counts_version) == (second.generation, second.counts_version)
    assert second.now_us > first.now_us


def test_bumps_of_content_and_counts_are_independent(store: Store) -> None:
    before = store.confirm(seen=0)
    posts = store.confirm(seen=0, bump="content")
    assert (posts.generation > before.generation, posts.counts_version) == (
        True,
        before.counts_version,
    )
    counts = store.confirm(seen=0, bump="counts")
    assert (counts.generation, counts.counts_version > before.counts_version) == (
        posts.generation,
        True,
    )


def test_each_bump_is_higher_even_when_the_clock_of_redis_is_behind(
    store: Store, look: redis.Redis
) -> None:
    ahead = store.confirm(seen=0).now_us + 3_600_000_000
    look.set(KEYS.generation, ahead)
    look.set(KEYS.counts_version, ahead)
    assert store.confirm(seen=0).generation == ahead
    assert store.confirm(seen=0, bump="content").generation == ahead + 1
    assert store.confirm(seen=0, bump="content").generation == ahead + 2
    assert store.confirm(seen=0, bump="counts").counts_version == ahead + 1


def test_generation_lower_than_seen_is_replaced_by_a_higher_one(
    store: Store, look: redis.Redis
) -> None:
    ahead = store.confirm(seen=0).now_us + 3_600_000_000
    assert store.confirm(seen=ahead).generation == ahead + 1
    assert look.get(KEYS.generation) == str(ahead + 1)
    look.flushall()
    assert store.confirm(seen=ahead + 1).generation == ahead + 2


def test_evicted_counts_version_is_replaced_by_a_new_number(
    store: Store, look: redis.Redis
) -> None:
    before = store.confirm(seen=0).counts_version
    look.delete(KEYS.counts_version)
    first = store.confirm(seen=0).counts_version
    look.delete(KEYS.counts_version)
    assert before < first < store.confirm(seen=0).counts_version


def test_filled_page_is_returned_unchanged(store: Store) -> None:
    generation = store.confirm(seen=0).generation
    filled = page(generation, as_of_us=5, counts=6, body='{"content":"ä\\n\n☃"}'.encode())
    assert fill(store, filled)
    assert store.get("feed") == filled
    assert store.get("author") is None


def test_fill_of_another_generation_is_refused(store: Store) -> None:
    generation = store.confirm(seen=0).generation
    assert not fill(store, page(generation - 1))
    assert not fill(store, page(generation + 1))
    assert store.get("feed") is None


@pytest.mark.parametrize("seconds", [0.0001, 0.001, 1.5])
def test_time_outs_are_at_least_a_millisecond(
    store: Store, look: redis.Redis, seconds: float
) -> None:
    generation = store.confirm(seen=0).generation
    assert store.fill("feed", page(generation), ttl_seconds=seconds, token="")
    assert store.lease("feed", generation=generation, seconds=seconds)
    assert all(look.pttl(key) <= max(1, seconds * 1000) for key in look.keys("*:v[0-9]*:*"))


def test_there_is_one_lease_per_page_and_generation(store: Store) -> None:
    assert store.lease("feed", generation=5, seconds=9)
    assert not store.lease("feed", generation=5, seconds=9)
    assert store.lease("feed", generation=6, seconds=9)
    assert store.lease("author", generation=5, seconds=9)


def test_fill_gives_back_its_lease_even_when_refused_and_no_other_lease(store: Store) -> None:
    generation = store.confirm(seen=0).generation
    for current in (generation, generation - 1):
        token = store.lease("feed", generation=current, seconds=9)
        fill(store, page(current), token="another's")
        assert not store.lease("feed", generation=current, seconds=9)
        fill(store, page(current), token=token)
        assert store.lease("feed", generation=current, seconds=9)


def test_lease_is_released_only_with_its_token(store: Store) -> None:
    token = store.lease("feed", generation=5, seconds=9)
    store.release("feed", generation=5, token="another's")
    assert not store.lease("feed", generation=5, seconds=9)
    store.release("feed", generation=5, token=token)
    assert store.lease("feed", generation=5, seconds=9)


def test_scripts_are_sent_again_after_a_script_flush(store: Store, look: redis.Redis) -> None:
    generation = store.confirm(seen=0).generation
    look.script_flush()
    assert store.confirm(seen=0).generation == generation
    look.script_flush()
    assert fill(store, page(generation))


def test_all_keys_are_in_one_slot_of_a_cluster(store: Store, look: redis.Redis) -> None:
    generation = store.confirm(seen=0, bump="counts").generation
    fill(store, page(generation))
    store.lease("feed", generation=generation, seconds=9)
    store.count({"hits": 1})
    keys = look.keys()
    assert len(keys) == 5
    assert all(str(key).startswith(f"{KEYS.tag}:") for key in keys)


@pytest.mark.parametrize("name", ["", "a b", "a\n", "{feed}", "é", "a" * 201, "a/b", "*"])
def test_invalid_page_name_is_refused(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="not a page name"):
        store.get(name)


def test_counts_of_the_fleet_add_up(store: Store) -> None:
    assert store.counters() == dict.fromkeys(EVENTS, 0)
    store.count({"hits": 3, "misses": 1})
    store.count({"hits": 4})
    assert store.counters() == {**dict.fromkeys(EVENTS, 0), "hits": 7, "misses": 1}


def test_unreachable_redis_raises_a_redis_error(store: Store, fleet: Fleet) -> None:
    fleet.server.kill()
    with pytest.raises(redis.RedisError):
        store.ping()
    fleet.server.start()
    store.ping()
