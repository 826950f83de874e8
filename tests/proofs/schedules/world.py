"""Workers over one Redis and one database, their faults, and the history of a run.

The workers are production `FreshCache` objects. Only `threading`, the clock, `sleep` and random
numbers are replaced, by deterministic ones.
"""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from freshcache import breaker, engine, generation, memory
from freshcache.breaker import Breaker
from freshcache.cache import FreshCache
from freshcache.errors import DATABASE_FAILURES
from freshcache.metrics import Metrics
from freshcache.policy import Policy
from freshcache.redis.store import Answer
from freshcache.redis.stored_page import StoredPage
from freshcache.served import Served
from tests.proofs.schedules.calls import Calls, Failure
from tests.proofs.schedules.contract import TTL_SECONDS
from tests.proofs.schedules.database import Database
from tests.proofs.schedules.history import Closing, Fill, History, Moment, Read, Write
from tests.proofs.schedules.scheduler import Scheduler
from tests.proofs.schedules.shared_redis import Shared
from tests.proofs.schedules.synchronization import threading_of
from tests.proofs.schedules.twin import KEY_NAMES

PAGE = "feed"


class _SilentLog:
    """A log that discards its lines: there would be thousands a second."""

    def debug(self, event: str, **values: object) -> None:
        pass

    info = warning = error = debug


class _Recorded(Breaker):
    """A breaker that records when it closes."""

    def __init__(self, world: "World", process: str, **options: Any) -> None:
        super().__init__(**options)
        self._world, self._process = world, process

    def attempt(self) -> bool:
        sent = self._world.moment()
        closed = super().attempt()
        if closed:
            closing = Closing(self._process, sent, self._world.moment())
            self._world.history.closings.append(closing)
            self._world.scheduler.record("the breaker is closed")
        return closed


class World:
    """`failures`: how a call may fail. `max_failures`: the most failures in one run."""

    def __init__(
        self,
        scheduler: Scheduler,
        shared: Shared,
        policy: Policy,
        *,
        processes: str,
        failures: tuple[Failure, ...] = (),
        max_failures: int = 0,
    ) -> None:
        self.scheduler, self.shared, self.policy = scheduler, shared, policy
        self.history = History()
        self.database = Database(scheduler, self.history)
        self.cut_off: set[str] = set()
        self._failures, self._failures_left = failures, max_failures
        self._leased: dict[str, int] = {}
        self._current = (0, 0)
        self._names: dict[int, str] = {}
        self.workers = {name: self._worker(name) for name in processes}

    def _worker(self, process: str) -> FreshCache:
        def make_breaker(probe: Callable[[], None]) -> Breaker:
            return _Recorded(self, process, probe=probe, clock=self._clock, sleep=self._sleep)

        made = FreshCache(
            KEY_NAMES.namespace,
            policy=self.policy,
            store=Calls(self, process, self.shared.store),
            clock=self._clock,
            sleep=self._sleep,
            breaker=make_breaker,
        )
        made.metrics = Metrics()  # without its thread, which would call Redis at any time
        return made

    def _clock(self) -> float:
        return self.scheduler.tick()

    def _sleep(self, seconds: float) -> None:
        self.scheduler.wait_for(lambda: False, seconds)

    def moment(self) -> Moment:
        return self.history.moment(self.scheduler.tick())

    def name_of(self, number: int) -> str:
        """Return a short name of a generation (g1, g2, …), for readable traces."""
        return self._names.setdefault(number, f"g{len(self._names) + 1}")

    # Reports of the calls to Redis.

    def answered(self, answer: Answer) -> Answer:
        numbers = answer.generation, answer.counts_version
        if numbers != self._current:
            moment = self.moment()
            if answer.generation != self._current[0]:
                self.history.covered.setdefault(answer.generation, self.history.latest("posts"))
                self.history.mark_announced(moment)
            else:
                self.history.mark_announced(moment, likes_only=True)
            self._current = numbers
        return answer

    def filled(self, name: str, page: StoredPage, *, stored: bool) -> None:
        if stored:
            self.history.fills.append(Fill(name, page.generation, self.moment()))

    def leased(self, number: int) -> None:
        """Note that the current thread holds the lease of this generation; 0: none."""
        if self.scheduler.current:
            self._leased[self.scheduler.current.name] = number

    def failure(self) -> Failure | None:
        if not self._failures_left:
            return None
        choice = self.scheduler.choose((0, *[1] * len(self._failures)))
        if choice == 0:
            return None
        self._failures_left -= 1
        return self._failures[choice - 1]

    # Faults of Redis.

    def copy(self) -> Callable[[], None]:
        """Make a copy that lags from now on. The returned function fails over to it."""
        copied, current, restore = self.moment(), self._current, self.shared.copy()

        def fail_over() -> None:
            restore()
            self._current = current
            self.history.mark_lost(self.moment(), copied)

        return fail_over

    # Operations of threads.

    def read(self, process: str, *, confirm: bool = False, in_transaction: bool = False) -> None:
        scheduler, start = self.scheduler, self.moment()
        thread = scheduler.current.name if scheduler.current else ""
        self._leased[thread] = 0

        def load() -> bytes:
            leased = self._leased[thread]
            return self.database.load(PAGE, leased=leased, committed=not in_transaction)

        try:
            served = self.workers[process].read(
                PAGE, load, ttl_seconds=TTL_SECONDS, confirm=confirm, may_fill=not in_transaction
            )
        except DATABASE_FAILURES:
            scheduler.record("gets an error: the database is down")
            return
        read = self._read(served, start, thread, process, confirm, in_transaction)
        shows = f"posts {read.posts}, likes {read.likes}"
        scheduler.record(f"SERVES {shows} ({served.outcome}{'' if served.shared else ', local'})")
        self.history.reads.append(read)

    def _read(
        self,
        served: Served,
        start: Moment,
        thread: str,
        process: str,
        confirm: bool,
        in_transaction: bool,
    ) -> Read:
        data = json.loads(served.page.body)
        return Read(
            thread=thread,
            process=process,
            start=start,
            end=self.moment(),
            posts=data["posts"],
            likes=data["likes"],
            loaded=Moment(*data["loaded"]),
            committed=data["committed"],
            generation=served.page.generation,
            outcome=served.outcome,
            shared=served.shared,
            confirm=confirm,
            in_transaction=in_transaction,
            line=len(self.scheduler.trace) + 1,
        )

    def commit(self, process: str, kind: Any) -> Write:
        self.scheduler.point()
        return self.database.commit(kind, process)

    def announce(self, process: str, write: Write) -> None:
        worker = self.workers[process]
        announce = worker.invalidate if write.kind == "posts" else worker.invalidate_counts
        announce("test")
        write.done = self.moment()
        self.scheduler.record(f"has announced {write.kind} {write.version}")


@contextmanager
def scheduled(scheduler: Scheduler) -> Iterator[None]:
    """Replace threads, logs and random numbers in the modules of the cache."""
    threads = threading_of(scheduler)
    with ExitStack() as stack:
        for module in (breaker, engine, generation, memory):
            stack.enter_context(patch.object(module, "threading", threads))
        for module in (breaker, engine, generation):
            stack.enter_context(patch.object(module, "log", _SilentLog()))
        stack.enter_context(patch.object(breaker, "random", random.Random(0)))
        yield
