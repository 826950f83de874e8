"""A worker's calls to Redis as switch points, where other threads may run and calls may fail."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeVar

from redis.exceptions import ConnectionError as RedisConnectionError

from freshcache.errors import PoolExhausted
from freshcache.redis.store import Answer, Store
from freshcache.redis.stored_page import StoredPage

if TYPE_CHECKING:
    from tests.proofs.schedules.world import World

T = TypeVar("T")
Failure = Literal["refused", "answer lost", "no free connection"]


class Calls(Store):
    """The store of one worker. There is a switch point before each call, which is when it takes
    effect. `confirm` has a second one after it: its answer may be outdated when the worker receives
    it."""

    def __init__(self, world: "World", process: str, store: Store) -> None:
        self._world, self._process, self._store = world, process, store

    def confirm(self, *, seen: int, bump: Literal["", "content", "counts"] = "") -> Answer:
        action = f"begins new {bump}" if bump else "asks for the generation"

        def call() -> Answer:
            answer = self._world.answered(self._store.confirm(seen=seen, bump=bump))
            self._record(f"{action}: {self._world.name_of(answer.generation)}")
            return answer

        answer = self._call(action, call)
        self._world.scheduler.point()
        if self._is_cut_off():
            self._fail("answer lost", action)
        return answer

    def get(self, name: str) -> StoredPage | None:
        def call() -> StoredPage | None:
            page = self._store.get(name)
            found = self._world.name_of(page.generation) if page else "nothing"
            self._record(f"looks for the page in Redis: {found}")
            return page

        return self._call("looks for the page in Redis", call)

    def lease(self, name: str, *, generation: int, seconds: float) -> str:
        def call() -> str:
            token = self._store.lease(name, generation=generation, seconds=seconds)
            self._record("takes the lease" if token else "finds the lease taken")
            return token

        token = self._call("takes the lease", call)
        if token:
            self._world.leased(generation)
        return token

    def fill(self, name: str, page: StoredPage, *, ttl_seconds: float, token: str) -> bool:
        def call() -> bool:
            stored = self._store.fill(name, page, ttl_seconds=ttl_seconds, token=token)
            self._world.filled(name, page, stored=stored)
            generation = self._world.name_of(page.generation)
            self._record(f"{'stores' if stored else 'may not store'} the page of {generation}")
            return stored

        return self._call("stores the page", call)

    def release(self, name: str, *, generation: int, token: str) -> None:
        def call() -> None:
            self._store.release(name, generation=generation, token=token)
            self._record("releases the lease")

        self._call("releases the lease", call)
        self._world.leased(0)

    def count(self, counts: dict[str, int]) -> None:
        self._call("sends counts", lambda: self._store.count(counts))

    def _call(self, action: str, call: Callable[[], T]) -> T:
        self._world.scheduler.point()
        if self._is_cut_off():
            self._fail("refused", action)
        failure = self._world.failure()
        if failure is None or failure == "answer lost":
            result = call()
        if failure is not None:
            self._fail(failure, action)
        return result

    def _is_cut_off(self) -> bool:
        return self._process in self._world.cut_off

    def _fail(self, failure: Failure, action: str) -> None:
        self._record(f"{action}: {failure}")
        raise (PoolExhausted if failure == "no free connection" else RedisConnectionError)(failure)

    def _record(self, line: str) -> None:
        self._world.scheduler.record(line)
