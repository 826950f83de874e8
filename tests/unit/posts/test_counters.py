"""Counters of uses: in Redis and in memory alike, bounded, and replaced by no foreign value."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import redis
from structlog.testing import capture_logs

from freshcache.redis import connections
from posts import counters
from posts.counters import Counted, MemoryCounters, Rate, RedisCounters, Use, wait_seconds
from tests.servers import RedisServer
from tests.unit.freshcache.threads import Threads
from tests.unit.freshcache.topologies import Cluster

DAY = 86_400
MONTH = 31 * DAY
SECRET = b"secret"
Count = Callable[[Sequence[Use]], list[Counted]]


@dataclass
class Clock:
    now: float = 1_000_000.0 * MONTH

    def __call__(self) -> float:
        return self.now


@dataclass
class Memory:
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.counters = MemoryCounters(secret=SECRET, clock=self.clock)

    def count(self, *uses: Use) -> list[Counted]:
        return self.counters.count(uses)

    def takes(self, *uses: Use) -> bool:
        return not any(answer.wait_seconds for answer in self.count(*uses))


@pytest.fixture
def look() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(os.environ["REDIS_URL"], protocol=2, decode_responses=True) as client:
        yield client


@pytest.fixture(params=[pytest.param("redis", marks=pytest.mark.redis), "memory"])
def count(request: pytest.FixtureRequest) -> Count:
    if request.param == "memory":
        return MemoryCounters(secret=SECRET).count
    client = redis.Redis.from_url(os.environ["REDIS_URL"], protocol=2)
    in_redis = RedisCounters(prefix="test", secret=SECRET)
    return lambda uses: in_redis.count(client, uses)


@pytest.fixture
def in_redis(look: redis.Redis) -> Callable[..., list[Counted]]:
    client = redis.Redis.from_url(os.environ["REDIS_URL"], protocol=2)
    made = RedisCounters(prefix="test", secret=SECRET)
    return lambda *uses: made.count(client, uses)


def use(identity: str = "ada", *, scope: str = "writes", amount: int = 3, **options: Any) -> Use:
    # So long a window that no test is cut in two by its end.
    return Use(scope=scope, identity=identity, rate=Rate(amount, MONTH), **options)


def taken(count: Count, *uses: Use) -> bool:
    return not any(answer.wait_seconds for answer in count(uses))


def test_as_many_are_taken_as_the_limit_says(count: Count) -> None:
    assert [taken(count, use()) for _ in range(5)] == [True, True, True, False, False]
    assert [answer.count for answer in count([use(cost=0)])] == [3]
    assert taken(count, use("grace"))
    assert taken(count, use(scope="uploads"))


def test_threads_do_not_count_past_each_other(count: Count) -> None:
    threads = Threads()
    accepted: list[bool] = []

    def write() -> None:
        accepted.extend(taken(count, use(amount=120)) for _ in range(25))

    threads.start(write, count=24)
    threads.join()
    assert accepted.count(True) == 120
    assert len(accepted) == 600


def test_of_several_all_are_counted_or_none(count: Count) -> None:
    full, other = use("full", amount=1), use("other")
    assert taken(count, full, other)
    answers = count([other, full])
    assert answers[0].wait_seconds == 0
    assert answers[1].wait_seconds > 0
    assert count([use("other", cost=0)])[0].count == 1


def test_two_identities_of_one_scope_are_counted_in_one_call(count: Count) -> None:
    assert taken(count, use("one"), use("two"))
    assert [answer.count for answer in count([use("one", cost=0), use("two", cost=0)])] == [1, 1]


def test_what_does_not_refuse_is_counted_beyond_its_limit(count: Count) -> None:
    noted = use(amount=1, refuses=False)
    answers = [count([noted])[0] for _ in range(3)]
    assert [answer.count for answer in answers] == [0, 1, 2]
    assert [answer.wait_seconds > 0 for answer in answers] == [False, True, True]


def test_a_use_that_is_given_back_can_be_taken_again(count: Count) -> None:
    for _ in range(3):
        count([use()])
    count([use(cost=-1)])
    assert [taken(count, use()) for _ in range(2)] == [True, False]
    count([use(cost=-1_000)])
    assert count([use(cost=0)])[0].count == 0


def test_a_flood_of_identities_resets_nobody_and_is_bounded(
    count: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "MAX_IDENTITIES", 10)
    monkeypatch.setattr(counters, "SHARED_COUNTS", 2)
    for _ in range(3):
        assert taken(count, use("guesser"))
    accepted = sum(taken(count, use(f"made up {number}")) for number in range(200))
    assert not taken(count, use("guesser"))
    # Ten at most alone, and all others by two counts, each four times as large.
    assert accepted <= 10 + 2 * 3 * counters.SHARED_FACTOR
    assert count([use("made up 199", cost=0)])[0].count == 0, "shared counts are nobody's own"


@pytest.mark.redis
def test_in_redis_a_scope_has_at_most_two_keys_and_none_can_be_evicted(
    look: redis.Redis, in_redis: Callable[..., list[Counted]]
) -> None:
    for number in range(50):
        in_redis(use(f"192.0.2.{number}"))
    keys = list(look.scan_iter("*limits*"))
    assert 1 <= len(keys) <= 2
    assert [look.ttl(key) for key in keys] == [-1] * len(keys)
    assert all(key.startswith("{test:limits}:writes:") for key in keys)
    assert "192.0.2" not in str([look.hgetall(key) for key in keys])


def current(look: redis.Redis, period: int = MONTH) -> tuple[int, float, str, str]:
    """The window's number, the seconds since it began, its key and that of the one before."""
    seconds, micros = look.time()
    now = seconds + micros / 1e6
    number = int(now // period)
    keys = ["{test:limits}:writes:even", "{test:limits}:writes:odd"]
    return number, now - number * period, keys[number % 2], keys[1 - number % 2]


@pytest.mark.redis
@pytest.mark.parametrize("before", [0, 1, 3, 10, 50])
@pytest.mark.parametrize("now", [0, 1, 3, 10, 11])
@pytest.mark.parametrize("limit", [1, 3, 10])
def test_the_script_says_what_the_formula_says(
    look: redis.Redis, in_redis: Callable[..., list[Counted]], before: int, now: int, limit: int
) -> None:
    number, elapsed, key, key_before = current(look)
    name, _ = counters.fields("ada", SECRET)
    look.hset(key, mapping={"#": number, name: now})
    look.hset(key_before, mapping={"#": number - 1, name: before})
    (answer,) = in_redis(use(amount=limit))
    expected = wait_seconds(before, now, 1, Rate(limit, MONTH), elapsed)
    assert answer.wait_seconds == pytest.approx(expected, abs=5)
    assert answer.count == before + now


@pytest.mark.redis
def test_windows_long_past_are_deleted_from_redis(
    look: redis.Redis, in_redis: Callable[..., list[Counted]]
) -> None:
    number, _, key, key_before = current(look)
    name, _ = counters.fields("ada", SECRET)
    look.hset(key, mapping={"#": number - 2, name: 3, "another": 3})
    look.hset(key_before, mapping={"#": number - 3, name: 3})
    assert in_redis(use())[0].wait_seconds == 0
    assert look.hgetall(key) == {"#": str(number), name: "1"}


@pytest.mark.redis
def test_a_clock_a_little_behind_goes_on_in_the_window_that_has_begun(
    look: redis.Redis, in_redis: Callable[..., list[Counted]]
) -> None:
    number, _, _, key_after = current(look)
    name, _ = counters.fields("ada", SECRET)
    look.hset(key_after, mapping={"#": number + 1, name: 3})
    assert in_redis(use())[0].wait_seconds > 0
    assert look.hget(key_after, name) == "3"


@pytest.mark.redis
def test_what_was_counted_before_the_window_is_given_back_too(
    look: redis.Redis, in_redis: Callable[..., list[Counted]]
) -> None:
    number, _, key, key_before = current(look)
    name, _ = counters.fields("ada", SECRET)
    look.hset(key, mapping={"#": number, name: 1})
    look.hset(key_before, mapping={"#": number - 1, name: 3})
    in_redis(use(cost=-2))
    assert (look.hget(key, name), look.hget(key_before, name)) == ("0", "2")


FOREIGN: dict[str, Callable[[redis.Redis, str], object]] = {
    "text": lambda look, key: look.set(key, "text"),
    "null": lambda look, key: look.set(key, "null"),
    "list": lambda look, key: look.rpush(key, "a"),
    "set": lambda look, key: look.sadd(key, "a"),
    "sorted set": lambda look, key: look.zadd(key, {"a": 1}),
    "stream": lambda look, key: look.xadd(key, {"a": "b"}),
    "hash without a window": lambda look, key: look.hset(key, "a", "b"),
    "hash of no window": lambda look, key: look.hset(key, "#", "-1.5e9"),
    "hash of a huge window": lambda look, key: look.hset(key, "#", "9" * 400),
}


@pytest.mark.redis
@pytest.mark.parametrize("put", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_foreign_value_is_replaced_and_counting_goes_on(
    look: redis.Redis, in_redis: Callable[..., list[Counted]], put: Any
) -> None:
    _, _, key, key_before = current(look)
    put(look, key)
    put(look, key_before)
    waits = [in_redis(use())[0].wait_seconds for _ in range(4)]
    assert [wait > 0 for wait in waits] == [False, False, False, True]
    assert look.type(key) == "hash"
    assert not look.exists(key_before)


@pytest.mark.redis
@pytest.mark.parametrize("value", ["", "x", "-5", "1.5", "nan", "1e9", "9" * 400])
def test_a_foreign_count_counts_as_none(
    look: redis.Redis, in_redis: Callable[..., list[Counted]], value: str
) -> None:
    number, _, key, _ = current(look)
    name, _ = counters.fields("ada", SECRET)
    look.hset(key, mapping={"#": number, name: value})
    assert in_redis(use())[0].wait_seconds == 0
    assert look.hget(key, name) == "1"


def test_after_the_wait_there_is_room_and_not_before() -> None:
    memory = Memory()
    limit = Rate(5, 300)
    guess = Use(scope="failures", identity="ada", rate=limit)
    for start in (0.0, 37.5, 299.0):
        memory.clock.now += 10 * limit.seconds + start
        while memory.takes(guess):
            memory.clock.now += 1
        wait = memory.count(guess)[0].wait_seconds
        memory.clock.now += wait - 0.01
        assert not memory.takes(guess)
        memory.clock.now += 0.02
        assert memory.takes(guess)


def test_over_a_long_time_no_more_are_taken_than_the_limit_says() -> None:
    memory = Memory()
    write = Use(scope="writes", identity="ada", rate=Rate(120, 60))
    accepted = 0
    for _ in range(36_000):
        memory.clock.now += 0.1
        accepted += memory.takes(write)
    assert 0.9 * 7_200 <= accepted <= 7_200 + 120


def test_memory_forgets_windows_long_past() -> None:
    memory = Memory()
    for number in range(100):
        memory.clock.now += DAY
        rate = Rate(3, DAY)
        assert memory.takes(Use(scope="writes", identity=str(number), rate=rate))
    windows = memory.counters._windows["writes"]
    assert sum(len(window.counts) for window in windows) == 2


def test_in_memory_too_a_clock_set_back_starts_no_new_window() -> None:
    memory = Memory()
    for _ in range(3):
        assert memory.takes(use())
    memory.clock.now -= 1
    assert not memory.takes(use())


def test_in_memory_a_use_of_the_window_before_is_given_back() -> None:
    memory = Memory()
    rate = Rate(2, 60)
    for _ in range(2):
        memory.count(Use(scope="writes", identity="ada", rate=rate))
    memory.clock.now += 60
    memory.count(Use(scope="writes", identity="ada", rate=rate, cost=-2))
    left = Use(scope="writes", identity="ada", rate=rate, cost=0)
    assert memory.count(left)[0].count == 0


@pytest.mark.redis
@pytest.mark.parametrize(
    ("maxmemory", "policy", "warned"),
    [("0", "allkeys-lru", 0), ("64mb", "allkeys-lru", 1), ("64mb", "volatile-lfu", 0)],
)
def test_a_policy_that_would_evict_counters_is_told_once(
    redis_server: RedisServer, maxmemory: str, policy: str, warned: int
) -> None:
    made = RedisCounters(prefix="test", secret=SECRET)
    with redis_server.client() as client, capture_logs() as logs:
        client.config_set("maxmemory", maxmemory)
        client.config_set("maxmemory-policy", policy)
        for _ in range(2):
            made.count(client, [use()])
    assert len([line for line in logs if "forget limits" in line["event"]]) == warned


@pytest.mark.redis
def test_where_nobody_may_ask_for_the_policy_counting_works(redis_server: RedisServer) -> None:
    made = RedisCounters(prefix="test", secret=SECRET)
    with redis_server.client() as client:
        client.execute_command("ACL SETUSER default -info")
        assert made.count(client, [use()])[0].wait_seconds == 0


@pytest.mark.redis
def test_in_a_cluster_the_keys_of_a_call_lie_in_one_slot() -> None:
    cluster = Cluster()
    try:
        cluster.start()
        node = cluster.others[0]
        client = connections.Cluster(url=node.url, protocol=2)
        made = RedisCounters(prefix="test", secret=SECRET)
        uses = [use(scope="writes"), use(scope="uploads", amount=1)]
        assert [made.count(client, uses)[1].wait_seconds > 0 for _ in range(2)] == [False, True]
        client.close()
    finally:
        cluster.kill()
