"""The in-memory Redis answers as a real one does, call by call, in random sequences."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st

from freshcache.redis.store import Store
from freshcache.redis.stored_page import StoredPage
from tests.proofs.schedules.twin import KEY_NAMES, Keys, Twin
from tests.servers import RedisServer

pytestmark = pytest.mark.redis

NAMES = ("feed", "author")
AHEAD = -1  # a generation newer than any of this Redis, as after a failover
CALLS = st.one_of(
    st.tuples(
        st.just("confirm"),
        st.integers(0, 2) | st.just(AHEAD),
        st.sampled_from(("", "content", "counts")),
    ),
    st.tuples(st.just("get"), st.sampled_from(NAMES)),
    st.tuples(st.just("lease"), st.sampled_from(NAMES), st.integers(0, 2)),
    st.tuples(st.just("fill"), st.sampled_from(NAMES), st.integers(0, 2), st.integers(0, 3)),
    st.tuples(st.just("release"), st.sampled_from(NAMES), st.integers(0, 2), st.integers(0, 3)),
    st.tuples(st.just("lose"), st.sampled_from((":generation", ":counts", ":page:", ":lease:"))),
    st.tuples(st.just("pass"), st.sampled_from((0.5, 1.5, 29.0))),
)


@pytest.fixture(scope="module")
def client() -> Iterator[redis.Redis]:
    server = RedisServer()
    server.start()
    try:
        with redis.Redis(port=server.port, protocol=2) as client:
            yield client
    finally:
        server.kill()


@dataclass
class Both:
    """The real store and the in-memory one. Their tokens differ, so tokens are named by
    position."""

    client: redis.Redis

    def __post_init__(self) -> None:
        self.client.flushdb()
        seconds, microseconds = self.client.time()
        self.now_us = seconds * 1_000_000 + microseconds
        self.keys = Keys(lambda: self.now_us)
        self.real, self.twin = (
            Store(lambda: self.client, key_names=KEY_NAMES, secret=b"a secret"),
            Twin(self.keys),
        )
        self.tokens: list[tuple[str, str]] = [("none", "none")]
        self.generations = [1]

    def confirm(self, place: int, bump: Any) -> None:
        seen = self._generation(place)
        answer = self.real.confirm(seen=seen, bump=bump)
        self.now_us = answer.now_us
        assert self.twin.confirm(seen=seen, bump=bump) == answer
        self.generations.append(answer.generation)

    def get(self, name: str) -> None:
        assert self.twin.get(name) == self.real.get(name)

    def lease(self, name: str, place: int) -> None:
        generation = self._generation(place)
        tokens = (
            self.real.lease(name, generation=generation, seconds=2.0),
            self.twin.lease(name, generation=generation, seconds=2.0),
        )
        assert bool(tokens[0]) == bool(tokens[1])
        if tokens[0]:
            self.tokens.append(tokens)

    def fill(self, name: str, place: int, token: int) -> None:
        page = StoredPage(self._generation(place), 1, self.now_us, b'{"place": %d}' % place)
        real, twin = self._tokens(token)
        stored = self.real.fill(name, page, ttl_seconds=30.0, token=real)
        assert self.twin.fill(name, page, ttl_seconds=30.0, token=twin) == stored

    def release(self, name: str, place: int, token: int) -> None:
        real, twin = self._tokens(token)
        generation = self._generation(place)
        self.real.release(name, generation=generation, token=real)
        self.twin.release(name, generation=generation, token=twin)

    def lose(self, word: str) -> None:
        for key in self._all():
            if word in key:
                self.client.delete(key)
                self.keys.delete(key)

    def wait(self, seconds: float) -> None:
        """Reduce the remaining life of every key, without moving the clock."""
        passed_us = int(seconds * 1_000_000)
        held = self.keys.held.items()
        self.keys.held = {key: (value, end_us - passed_us) for key, (value, end_us) in held}
        for key in self._all():
            left_ms = self.client.pttl(key)
            if left_ms >= 0:
                self.client.pexpire(key, left_ms - passed_us // 1000)

    def compare(self) -> None:
        """Assert that both hold the same keys."""
        held = {key for key in self.keys.held if self.keys.get(key) is not None}
        assert held == self._all()

    def _all(self) -> set[str]:
        return {key.decode() for key in cast("list[bytes]", self.client.keys("*"))}

    def _generation(self, place: int) -> int:
        if place == AHEAD:
            return self.now_us + 1_000_000
        return self.generations[-1 - place] if place < len(self.generations) else 1

    def _tokens(self, place: int) -> tuple[str, str]:
        return self.tokens[-1 - place] if place < len(self.tokens) else self.tokens[0]


@given(calls=st.lists(CALLS, min_size=5, max_size=25))
@settings(max_examples=150, deadline=None)
def test_in_memory_store_answers_as_redis_does(
    client: redis.Redis, calls: list[tuple[Any, ...]]
) -> None:
    both = Both(client)
    operations: dict[str, Callable[..., None]] = {
        "confirm": both.confirm,
        "get": both.get,
        "lease": both.lease,
        "fill": both.fill,
        "release": both.release,
        "lose": both.lose,
        "pass": both.wait,
    }
    for name, *arguments in calls:
        operations[name](*arguments)
        both.compare()
