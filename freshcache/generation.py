"""The current generation as one process knows it: from Redis, or its own while Redis is away."""

import logging
import math
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import redis

from freshcache.breaker import Breaker, State
from freshcache.errors import PoolExhausted, RedisAway
from freshcache.redis.store import Store
from freshcache.transactions import Change

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Generation:
    """A generation and its counts version, as they were at one moment.

    `shared`: it is the generation of the fleet, from Redis; else of this process only, with a
    negative number that no other process knows. `asked_at`: when the question was sent, in seconds
    on the monotonic clock; the answer was true at some moment after that. `now_us`: the clock of
    Redis at the answer, in microseconds since 1970; 0 without Redis.
    """

    number: int
    counts_version: int
    shared: bool
    asked_at: float
    now_us: int


NO_GENERATION = Generation(number=0, counts_version=0, shared=False, asked_at=0.0, now_us=0)


class Generations:
    """Knows the current generation, and begins new ones. Thread-safe.

    A process that has seen a generation never goes back to an older one. While the breaker is open
    it uses local numbers. A new one begins after each generation of the fleet that it sees and
    after each of its own changes, so that a page of one time is never taken for one of another.
    """

    def __init__(
        self,
        store: Store | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        breaker: Callable[[Callable[[], None]], Breaker] | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self.breaker = breaker(self._probe) if breaker else Breaker(probe=self._probe, clock=clock)
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._seen = 0
        self._confirmed: Generation | None = None
        self._exhausted_at = -math.inf
        self._local_number = -1
        self._local_counts_version = 0
        self._local = self._make_local()
        # Replaced on every change this process learns of (Redis answer, own bump, breaker). A
        # conclusion drawn under the same object stays valid until its deadline.
        self.change_marker = object()
        self.breaker.on_change = self._breaker_changed

    @property
    def shared(self) -> bool:
        """Whether the generation of the fleet is in use: there is a Redis, not known to be away."""
        return self._store is not None and self.breaker.closed

    def trusted(self, since: float) -> Generation | None:
        """Return the known generation without asking Redis; None if asked for before `since`.

        Every read calls this, so it is short. Without Redis the local generation is returned, which
        is always known.
        """
        if self._store is None or not self.breaker.closed:
            local = self._local
            if (
                local.number != self._local_number
                or local.counts_version != self._local_counts_version
            ):
                local = self._local = self._make_local()
            return local
        known = self._confirmed
        return known if known is not None and known.asked_at >= since else None

    def current(self, since: float) -> Generation:
        """Return the generation at some moment after `since` (seconds), asking Redis if necessary.

        A Redis that fails opens the breaker, and the local generation is returned.

        Raises:
            PoolExhausted: no connection became free.
        """
        if not self.shared:
            return self._make_local()
        known = self._confirmed
        if known is not None and known.asked_at >= since:
            return known
        called_at = self._clock()
        with self._asking:
            # The thread before may have found the answer, an open breaker or no free connection;
            # then this one need not ask.
            known = self._confirmed
            if known is not None and known.asked_at >= since:
                return known
            if not self.shared:
                return self._make_local()
            if self._exhausted_at >= called_at:
                raise PoolExhausted("Another thread has just waited for a connection in vain.")
            try:
                with self.breaker.watch():
                    return self._ask()
            except PoolExhausted:
                self._exhausted_at = self._clock()
                raise
            except RedisAway:
                return self._make_local()

    def renew(self, since: float) -> None:
        """Ask for the generation if the known one is from before `since`, and no thread asks yet.

        For a generation that is still trusted: other threads need not wait for the answer, and a
        failure to ask is no failure of theirs.
        """
        if self.trusted(since) or not self._asking.acquire(blocking=False):
            return
        try:
            with suppress(PoolExhausted, RedisAway), self.breaker.watch():
                self._ask()
        finally:
            self._asking.release()

    def distrust(self, number: int) -> None:
        """Ask Redis before the next read, because the generation `number` is known to be over."""
        with self._lock:
            if self._confirmed is not None and self._confirmed.number == number:
                self._confirmed = replace(self._confirmed, asked_at=-math.inf)
        self._mark_changed()

    def bump(self, change: Change) -> bool:
        """Begin a new generation or counts version; return whether the fleet can see it.

        If not, the breaker is open now, and its probe will begin a new generation.
        """
        try:
            return self._bump(change)
        finally:
            self._mark_changed()

    def _bump(self, change: Change) -> bool:
        with self._lock:
            if change == "content":
                self._local_number -= 1
            else:
                self._local_counts_version += 1
        if self._store is None:
            return True
        if not self.breaker.passes():
            return False
        try:
            self._ask(bump=change)
        except redis.RedisError as error:  # `PoolExhausted` too: the bump is lost all the same
            self.breaker.trip(error)
            return False
        return True

    def _ask(self, *, bump: Change | None = None) -> Generation:
        if self._store is None:
            raise RuntimeError("there is no Redis to ask")
        while True:
            asked_at = self._clock()
            answer = self._store.confirm(seen=self._seen, bump=bump or "")
            with self._lock:
                if answer.generation < self._seen:
                    # Another thread's bump came in between, and this answer is older. Ask again.
                    bump = None
                    continue
                if answer.generation > self._seen:
                    # Pages with the local number so far are older than this generation.
                    self._local_number -= 1
                self._seen = answer.generation
                known = self._confirmed
                if known is None:
                    log.info("connected to Redis", extra={"generation": answer.generation})
                if (
                    known is None
                    or answer.generation > known.number
                    or (asked_at, answer.counts_version) > (known.asked_at, known.counts_version)
                ):
                    known = self._confirmed = Generation(
                        number=answer.generation,
                        counts_version=answer.counts_version,
                        shared=True,
                        asked_at=asked_at,
                        now_us=answer.now_us,
                    )
                    self._mark_changed()
                return known

    def _mark_changed(self) -> None:
        self.change_marker = object()

    def _breaker_changed(self) -> None:
        if self.breaker.state is State.CLOSED:
            # Pages loaded between the answer to the probe and now must not be used in the next
            # outage.
            with self._lock:
                self._local_number -= 1
        self._mark_changed()

    def _probe(self) -> None:
        """Begin a new generation, which closes the breaker: nothing from before it is served."""
        self._ask(bump="content")

    def _make_local(self) -> Generation:
        with self._lock:
            return Generation(
                number=self._local_number,
                counts_version=self._local_counts_version,
                shared=False,
                asked_at=self._clock(),
                now_us=0,
            )
