"""A circuit breaker whose probe is a write.

Closed, calls pass. The first failed call opens it: what failed may have been an invalidation, and a
worker that lost one must not believe what Redis holds. Open, nothing passes. After a jittered
back-off it is half-open: one thread makes the probe, which here is "bump the generation".
Only a probe that succeeded closes it, so nothing stored before that moment is ever served again.

The pattern is Nygard's (Release It!, 2007); the jitter is the "equal jitter" of Brooker
(Exponential Backoff and Jitter, 2015). That the probe is a write, and that an invalidation which
comes while it runs sends it off again, is what no library offers.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum

import redis

from freshcache.errors import PoolExhausted, RedisAway

log = logging.getLogger(__name__)

BACKOFF_FIRST_SECONDS = 0.1
BACKOFF_MAX_SECONDS = 2.0


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Breaker:
    """`probe` raises when it fails; no lock is held meanwhile.

    `start_probing` is given `run` once per outage; it decides on which thread it goes.
    `entered` is called after each change of state.
    """

    entered: Callable[[], None] | None = None

    def __init__(
        self,
        *,
        probe: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        start_probing: Callable[[Callable[[], None]], None] | None = None,
    ) -> None:
        self._probe = probe
        self._clock = clock
        self._sleep = sleep
        self._start_probing = start_probing or _on_a_thread
        self._lock = threading.Lock()
        self._state = State.CLOSED
        self._since = clock()
        self._lost = 0
        self._probing = False

    @property
    def state(self) -> State:
        return self._state

    @property
    def closed(self) -> bool:
        if self._state is State.CLOSED:
            return True
        if not self._probing:
            self._begin_probing()
        return False

    @property
    def seconds_in_state(self) -> float:
        return self._clock() - self._since

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Around calls to Redis: a failure opens the breaker and is raised as `RedisAway`.

        `PoolExhausted` passes as it is: that this process is busy says nothing of Redis.
        """
        try:
            yield
        except PoolExhausted:
            raise
        except redis.RedisError as error:
            self.trip(error)
            raise RedisAway from error

    def trip(self, error: Exception) -> None:
        """A call failed: open, unless open already, and let the probing begin."""
        with self._lock:
            self._lost += 1
            if self._state is not State.CLOSED:
                return
            self._enter(State.OPEN)
        log.warning("breaker opened: falling back to memory", extra={"error": repr(error)})
        self._begin_probing()

    def passes(self) -> bool:
        """Whether to call Redis for a write. If not, the write counts as lost until a probe.

        One step under the lock: between "is it open?" and "then the probe will cover me", a probe
        that had bumped before this write's commit could otherwise close the breaker.
        """
        with self._lock:
            if self._state is State.CLOSED:
                return True
            self._lost += 1
            return False

    def _begin_probing(self) -> None:
        with self._lock:
            if self._probing or self._state is State.CLOSED:
                return
            self._probing = True
        try:
            self._start_probing(self.run)
        except RuntimeError as error:  # no thread to be had: whoever comes next tries again
            self._probing = False
            log.warning("no thread to probe with", extra={"error": repr(error)})

    def run(self) -> None:
        """Probe until it succeeds."""
        backoff = BACKOFF_FIRST_SECONDS
        try:
            while True:
                # Jitter spreads the workers; it needs no secrecy.
                self._sleep(backoff * (0.5 + random.random() / 2))  # noqa: S311
                if self.attempt():
                    return
                backoff = min(2 * backoff, BACKOFF_MAX_SECONDS)
        except BaseException:
            self._probing = False
            raise

    def attempt(self) -> bool:
        """One probe; whether the breaker is closed now. Only one thread is ever in here."""
        with self._lock:
            self._enter(State.HALF_OPEN)
        while True:
            lost = self._lost
            try:
                self._probe()
            except Exception as error:  # noqa: BLE001 -- or a surprise would end the probing for good
                with self._lock:
                    self._enter(State.OPEN)
                log.info("breaker stays open", extra={"error": repr(error)})
                return False
            with self._lock:
                # A write lost while the probe ran may be newer than what it bumped: once more.
                if self._lost == lost:
                    outage = self._clock() - self._since
                    self._probing = False
                    self._enter(State.CLOSED)
                    break
        log.warning("breaker closed: Redis is back", extra={"probe_seconds": round(outage, 3)})
        return True

    def _enter(self, state: State) -> None:
        self._state = state
        self._since = self._clock()
        if self.entered:
            self.entered()


def _on_a_thread(run: Callable[[], None]) -> None:
    threading.Thread(target=run, name="freshcache-breaker-probe", daemon=True).start()
