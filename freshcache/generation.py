"""The current generation, as this worker knows it: from Redis, or its own while Redis is away."""

import logging
import math
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import redis

from freshcache.breaker import Breaker, State
from freshcache.errors import PoolExhausted, RedisAway
from freshcache.redis.store import Store

log = logging.getLogger(__name__)

Change = Literal["content", "counts"]


@dataclass(frozen=True, slots=True)
class Generation:
    """A generation and what goes with it.

    `shared`: the fleet's, from Redis; else this process's own, a negative number no fleet knows.
    `asked_at`: when the question was sent, by the monotonic clock: what it says held after that.
    `now_us`: Redis's own clock as it answered; 0 without Redis.
    """

    number: int
    counts: int
    shared: bool
    asked_at: float
    now_us: int


NO_GENERATION = Generation(number=0, counts=0, shared=False, asked_at=0.0, now_us=0)


class Generations:
    """Knows the current generation, and bumps it.

    A worker that has seen a generation never goes back to an older one. With the breaker open it
    uses numbers of its own, a new one after each of the fleet's and each of its own changes, so
    that a page of one time never passes for one of another.
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
        self._own = -1
        self._own_counts = 0
        self._own_known = self._local()
        # Another object after whatever this process learns: what was found out while it was the
        # same as now still holds, for as long as it is trusted.
        self.change_marker = object()
        self.breaker.entered = self._breaker_changed

    @property
    def shared(self) -> bool:
        """Whether the fleet's generation is in use: there is a Redis, not known to be away."""
        return self._store is not None and self.breaker.closed

    def trusted(self, since: float) -> Generation | None:
        """The generation as far as it is known without asking; None if asked for before `since`.

        The way to it is short, for every hit goes it. Without Redis, this process knows by itself.
        """
        if self._store is None or not self.breaker.closed:
            own = self._own_known
            if own.number != self._own or own.counts != self._own_counts:
                own = self._own_known = self._local()
            return own
        known = self._confirmed
        return known if known is not None and known.asked_at >= since else None

    def current(self, since: float) -> Generation:
        """The generation at some moment after `since`, from Redis unless it is known already.

        Raise `PoolExhausted` when no connection was free to ask. A Redis that does not answer
        opens the breaker, and the answer is this process's own generation.
        """
        if not self.shared:
            return self._local()
        known = self._confirmed
        if known is not None and known.asked_at >= since:
            return known
        came_at = self._clock()
        with self._asking:
            # Whoever waited here finds the answer, the breaker open, or that there was no
            # connection to ask with, and asks no more.
            known = self._confirmed
            if known is not None and known.asked_at >= since:
                return known
            if not self.shared:
                return self._local()
            if self._exhausted_at >= came_at:
                raise PoolExhausted("Another thread has just waited for a connection in vain.")
            try:
                with self.breaker.watch():
                    return self._ask()
            except PoolExhausted:
                self._exhausted_at = self._clock()
                raise
            except RedisAway:
                return self._local()

    def renew(self, since: float) -> None:
        """Ask for the generation, if it is known from before `since` and nobody is asking yet.

        With what is known still trusted, the other threads need not wait for the answer; nor is it
        anybody's trouble if there is none.
        """
        if self.trusted(since) or not self._asking.acquire(blocking=False):
            return
        try:
            with suppress(PoolExhausted, RedisAway), self.breaker.watch():
                self._ask()
        finally:
            self._asking.release()

    def bump(self, what: Change) -> bool:
        """Begin a new generation, or new counts; whether the fleet knows of it already."""
        try:
            return self._bump(what)
        finally:
            self._mark_changed()

    def _bump(self, what: Change) -> bool:
        with self._lock:
            if what == "content":
                self._own -= 1
            else:
                self._own_counts += 1
        if self._store is None:
            return True
        if not self.breaker.passes():
            return False
        try:
            self._ask(bump=what)
        except redis.RedisError as error:  # an exhausted pool too: the bump is lost all the same
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
                    # Another thread's bump came in between: this answer was older. Ask again.
                    bump = None
                    continue
                if answer.generation > self._seen:
                    # What this process loads on its own is older than this, should Redis go away.
                    self._own -= 1
                self._seen = answer.generation
                known = self._confirmed
                if known is None:
                    log.info("connected to Redis", extra={"generation": answer.generation})
                if (
                    known is None
                    or answer.generation > known.number
                    or (asked_at, answer.counts) > (known.asked_at, known.counts)
                ):
                    known = self._confirmed = Generation(
                        number=answer.generation,
                        counts=answer.counts,
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
            # What was loaded after the probe's answer and before this is not for the next outage.
            with self._lock:
                self._own -= 1
        self._mark_changed()

    def _probe(self) -> None:
        """What closes the breaker: a new generation, for the fleet and for the next outage."""
        self._ask(bump="content")

    def _local(self) -> Generation:
        with self._lock:
            return Generation(
                number=self._own,
                counts=self._own_counts,
                shared=False,
                asked_at=self._clock(),
                now_us=0,
            )
