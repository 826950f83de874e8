"""Counters of uses in Redis and in memory: limits, bounds, clocks and foreign values."""

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
    # A window so long that no test runs across its end.
    return Use(scope=scope, identity=identity, rate=Rate(amount, MONTH), **options)


def taken(count: Count, *uses: Use) -> bool:
    return not any(answer.wait_seconds for answer in count(uses))


def test_uses_are_taken_up_to_the_limit(count: Count) -> None:
    assert [taken(count, use()) for _ in range(5)] == [True, True, True, False, False]
    assert [answer.count for answer in count([use(cost=0)])] == [3]
    assert taken(count, use("grace"))
    assert taken(count, use(scope="uploads"))


def test_concurrent_threads_do_not_exceed_the_limit(count: Count) -> None:
    threads = Threads()
    accepted: list[bool] = []

    def write() -> None:
        accepted.extend(taken(count, use(amount=120)) for _ in range(25))

    threads.start(write, count=24)
    threads.join()
    assert accepted.count(True) == 120
    assert len(accepted) == 600


def test_several_uses_are_counted_together_or_not_at_all(count: Count) -> None:
    full, other = use("full", amount=1), use("other")
    assert taken(count, full, other)
    answers = count([other, full])
    assert answers[0].wait_seconds == 0
    assert answers[1].wait_seconds > 0
    assert count([use("other", cost=0)])[0].count == 1


def test_two_identities_of_one_scope_are_counted_in_one_call(count: Count) -> None:
    assert taken(count, use("one"), use("two"))
    assert [answer.count for answer in count([use("one", cost=0), use("two", cost=0)])] == [1, 1]


def test_use_that_does_not_refuse_is_counted_above_the_limit(count: Count) -> None:
    noted = use(amount=1, refuses=False)
    answers = [count([noted])[0] for _ in range(3)]
    assert [answer.count for answer in answers] == [0, 1, 2]
    assert [answer.wait_seconds > 0 for answer in answers] == [False, True, True]


def test_use_given_back_can_be_taken_again(count: Count) -> None:
    for _ in range(3):
        count([use()])
    count([use(cost=-1)])
    assert [taken(count, use()) for _ in range(2)] == [True, False]
    count([use(cost=-1_000)])
    assert count([use(cost=0)])[0].count == 0


def test_flood_of_identities_is_bounded_and_resets_no_count(
    count: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "MAX_IDENTITIES", 10)
    monkeypatch.setattr(counters, "SHARED_COUNTS", 2)
    for _ in range(3):
        assert taken(count, use("guesser"))
    accepted = sum(taken(count, use(f"made up {number}")) for number in range(200))
    assert not taken(count, use("guesser"))
    # At most ten separate counts; all others use two shared counts, each four times as large.
    assert accepted <= 10 + 2 * 3 * counters.SHARED_FACTOR
    assert count([use("made up 199", cost=0)])[0].count == 0, "a shared count is reported as 0"


@pytest.mark.redis
def test_scope_has_at_most_two_redis_keys_without_a_ttl(
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
    """Return number, age in seconds and key of the window, and the key of the window before."""
    seconds, micros = look.time()
    now = seconds + micros / 1e6
    number = int(now // period)
    keys = ["{test:limits}:writes:even", "{test:limits}:writes:odd"]
    return number, now - number * period, keys[number % 2], keys[1 - number % 2]


@pytest.mark.redis
@pytest.mark.parametrize("before", [0, 1, 3, 10, 50])
@pytest.mark.parametrize("now", [0, 1, 3, 10, 11])
@pytest.mark.parametrize("limit", [1, 3, 10])
def test_script_and_formula_give_the_same_wait(
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
def test_old_windows_are_deleted_from_redis(
    look: redis.Redis, in_redis: Callable[..., list[Counted]]
) -> None:
    number, _, key, key_before = current(look)
    name, _ = counters.fields("ada", SECRET)
    look.hset(key, mapping={"#": number - 2, name: 3, "another": 3})
    look.hset(key_before, mapping={"#": number - 3, name: 3})
    assert in_redis(use())[0].wait_seconds == 0
    assert look.hgetall(key) == {"#": str(number), name: "1"}


@pytest.mark.redis
def test_clock_slightly_behind_stays_in_the_current_window(
    look: redis.Redis, in_redis: Callable[..., list[Counted]]
) -> None:
    number, _, _, key_after = current(look)
    name, _ = counters.fields("ada", SECRET)
    look.hset(key_after, mapping={"#": number + 1, name: 3})
    assert in_redis(use())[0].wait_seconds > 0
    assert look.hget(key_after, name) == "3"


@pytest.mark.redis
def test_use_of_the_window_before_is_given_back(
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
def test_foreign_value_is_replaced_and_counting_continues(
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
def test_invalid_count_is_read_as_zero(
    look: redis.Redis, in_redis: Callable[..., list[Counted]], value: str
) -> None:
    number, _, key, _ = current(look)
    name, _ = counters.fields("ada", SECRET)
    look.hset(key, mapping={"#": number, name: value})
    assert in_redis(use())[0].wait_seconds == 0
    assert look.hget(key, name) == "1"


def test_use_is_allowed_after_the_wait_and_not_before() -> None:
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


def test_rate_over_a_long_time_stays_within_the_limit() -> None:
    memory = Memory()
    write = Use(scope="writes", identity="ada", rate=Rate(120, 60))
    accepted = 0
    for _ in range(36_000):
        memory.clock.now += 0.1
        accepted += memory.takes(write)
    assert 0.9 * 7_200 <= accepted <= 7_200 + 120


def test_memory_drops_old_windows() -> None:
    memory = Memory()
    for number in range(100):
        memory.clock.now += DAY
        rate = Rate(3, DAY)
        assert memory.takes(Use(scope="writes", identity=str(number), rate=rate))
    windows = memory.counters._windows["writes"]
    assert sum(len(window.counts) for window in windows) == 2


def test_clock_set_back_starts_no_new_window_in_memory() -> None:
    memory = Memory()
    for _ in range(3):
        assert memory.takes(use())
    memory.clock.now -= 1
    assert not memory.takes(use())


def test_use_of_the_window_before_is_given_back_in_memory() -> None:
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
def test_policy_that_evicts_counters_is_logged_once(
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
def test_counting_works_without_permission_for_info(redis_server: RedisServer) -> None:
    made = RedisCounters(prefix="test", secret=SECRET)
    with redis_server.client() as client:
        client.execute_command("ACL SETUSER default -info")
        assert made.count(client, [use()])[0].wait_seconds == 0


@pytest.mark.redis
def test_keys_of_one_call_are_in_one_cluster_slot() -> None:
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
