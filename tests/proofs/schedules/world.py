"""Workers over one Redis and one database, everything that may happen to them, and their history.

The workers are `FreshCache`s as servers have them. What they take from `threading` is the
scheduler's, so are clock and sleep, and dice always fall alike; nothing else is replaced.
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
from freshcache.metrics import Metrics
from freshcache.policy import DATABASE_FAILURES, Policy
from freshcache.redis.store import Answer
from freshcache.redis.stored_page import StoredPage
from freshcache.served import Served
from tests.proofs.schedules.calls import Calls, Failure
from tests.proofs.schedules.contract import TTL_SECONDS
from tests.proofs.schedules.database import Database
from tests.proofs.schedules.history import Closing, Fill, History, Moment, Read, Write
from tests.proofs.schedules.redises import Shared
from tests.proofs.schedules.scheduler import Scheduler
from tests.proofs.schedules.synchronization import threading_of
from tests.proofs.schedules.twin import KEY_NAMES

PAGE = "feed"


class _Mute:
    """A log that nobody reads, thousands of times a second."""

    def debug(self, event: str, **values: object) -> None:
        pass

    info = warning = error = debug


class _Recorded(Breaker):
    """A breaker whose closings are part of the history."""

    def __init__(self, world: "World", process: str, **options: Any) -> None:
        super().__init__(**options)
        self._world, self._process = world, process

    def attempt(self) -> bool:
        sent = self._world.moment()
        closed = super().attempt()
        if closed:
            closing = Closing(self._process, sent, self._world.moment())
            self._world.history.closings.append(closing)
            self._world.scheduler.tell("the breaker is closed")
        return closed


class World:
    """`failures`: how a call may fail; `max_failures`: how many of them in one run."""

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
        made.metrics = Metrics()  # without its thread, which would ask Redis of its own accord
        return made

    def _clock(self) -> float:
        return self.scheduler.tick()

    def _sleep(self, seconds: float) -> None:
        self.scheduler.wait_for(lambda: False, seconds)

    def moment(self) -> Moment:
        return self.history.moment(self.scheduler.tick())

    def name_of(self, number: int) -> str:
        """Generations by name, g1, g2 and so on, as their numbers say nothing to a reader."""
        return self._names.setdefault(number, f"g{len(self._names) + 1}")

    # What the calls to Redis report.

    def answered(self, answer: Answer) -> Answer:
        numbers = answer.generation, answer.counts
        if numbers != self._current:
            moment = self.moment()
            if answer.generation != self._current[0]:
                self.history.covered.setdefault(answer.generation, self.history.latest("posts"))
                self.history.tell(moment)
            else:
                self.history.tell(moment, likes_only=True)
            self._current = numbers
        return answer

    def filled(self, name: str, page: StoredPage, *, stored: bool) -> None:
        if stored:
            self.history.fills.append(Fill(name, page.generation, self.moment()))

    def leased(self, number: int) -> None:
        """The current thread has the lease of this generation, or of none."""
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

    # What happens to Redis.

    def copy(self) -> Callable[[], None]:
        """A replica of Redis falls behind, from now on. Call what is returned for a failover."""
        copied, current, restore = self.moment(), self._current, self.shared.copy()

        def fail_over() -> None:
            restore()
            self._current = current
            self.history.untell(self.moment(), copied)

        return fail_over

    # What threads do.

    def read(self, process: str, *, confirm: bool = False, inside: bool = False) -> None:
        scheduler, start = self.scheduler, self.moment()
        thread = scheduler.current.name if scheduler.current else ""
        self._leased[thread] = 0

        def load() -> bytes:
            leased = self._leased[thread]
            return self.database.load(PAGE, leased=leased, committed=not inside)

        try:
            served = self.workers[process].read(
                PAGE, load, ttl_seconds=TTL_SECONDS, confirm=confirm, may_fill=not inside
            )
        except DATABASE_FAILURES:
            scheduler.tell("is told that the database is down")
            return
        read = self._read(served, start, thread, process, confirm, inside)
        shows = f"posts {read.posts}, likes {read.likes}"
        scheduler.tell(f"SERVES {shows} ({served.outcome}{'' if served.shared else ', own'})")
        self.history.reads.append(read)

    def _read(
        self,
        served: Served,
        start: Moment,
        thread: str,
        process: str,
        confirm: bool,
        inside: bool,
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
            inside=inside,
            line=len(self.scheduler.story) + 1,
        )

    def commit(self, process: str, kind: Any) -> Write:
        self.scheduler.point()
        return self.database.commit(kind, process)

    def announce(self, process: str, write: Write) -> None:
        worker = self.workers[process]
        announce = worker.invalidate if write.kind == "posts" else worker.invalidate_counts
        announce("test")
        write.done = self.moment()
        self.scheduler.tell(f"is through with {write.kind} {write.version}")


@contextmanager
def scheduled(scheduler: Scheduler) -> Iterator[None]:
    """The cache's modules with threads of the scheduler's, in silence, with dice of no chance."""
    threads = threading_of(scheduler)
    with ExitStack() as stack:
        for module in (breaker, engine, generation, memory):
            stack.enter_context(patch.object(module, "threading", threads))
        for module in (breaker, engine, generation):
            stack.enter_context(patch.object(module, "log", _Mute()))
        stack.enter_context(patch.object(breaker, "random", random.Random(0)))
        yield
