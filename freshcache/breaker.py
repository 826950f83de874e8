"""A circuit breaker for Redis whose probe is a write.

Closed, calls pass. The first call that fails opens it: the call may have been an invalidation, and
a process that lost one must not believe what Redis holds. Open, no call passes. After a back-off
with jitter it is half-open: one thread makes the probe, which begins a new generation. Only a probe
that succeeds closes the breaker, so that no page stored before that moment is served again.

The pattern is Nygard's (Release It!, 2007); the jitter is the "equal jitter" of Brooker
(Exponential Backoff and Jitter, 2015). What libraries lack: the probe is a write, and a write that
is lost while the probe runs makes it run again.
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
    """The states of a breaker, as in Nygard's book."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Breaker:
    """A circuit breaker. Thread-safe.

    `probe` raises when it fails. No lock is held while it runs. `start_probing` gets `run` once for
    each outage, and decides on which thread to call it; by default on a daemon thread of its own.
    """

    # Called without arguments after each change of state.
    on_change: Callable[[], None] | None = None

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
        self._start_probing = start_probing or _start_thread
        self._lock = threading.Lock()
        self._state = State.CLOSED
        self._since = clock()
        self._lost = 0
        self._probing = False

    @property
    def state(self) -> State:
        """The current state."""
        return self._state

    @property
    def closed(self) -> bool:
        """Whether calls pass. If not, and no thread probes yet, one begins to."""
        if self._state is State.CLOSED:
            return True
        if not self._probing:
            self._begin_probing()
        return False

    @property
    def seconds_in_state(self) -> float:
        """Seconds since the last change of state."""
        return self._clock() - self._since

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Open the breaker if a call to Redis inside fails.

        Raises:
            RedisAway: the call failed.
            PoolExhausted: no connection became free. The breaker stays closed, because only this
                process is busy.
        """
        try:
            yield
        except PoolExhausted:
            raise
        except redis.RedisError as error:
            self.trip(error)
            raise RedisAway from error

    def trip(self, error: Exception) -> None:
        """Open the breaker, unless it is open already, because of a failed call; begin to probe."""
        with self._lock:
            self._lost += 1
            if self._state is not State.CLOSED:
                return
            self._enter(State.OPEN)
        log.warning("breaker opened: falling back to memory", extra={"error": repr(error)})
        self._begin_probing()

    def passes(self) -> bool:
        """Return whether to call Redis for a write. If not, the write counts as lost.

        Both happen under one lock. In two steps, a probe that has bumped before the commit of this
        write could close the breaker in between, and the write would never be announced.
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
        except RuntimeError as error:  # the system allows no more threads: the next call tries
            self._probing = False
            log.warning("no thread to probe with", extra={"error": repr(error)})

    def run(self) -> None:
        """Probe until it succeeds, with waits in between."""
        backoff = BACKOFF_FIRST_SECONDS
        try:
            while True:
                # Jitter spreads the processes; it needs no secrecy.
                self._sleep(backoff * (0.5 + random.random() / 2))  # noqa: S311
                if self.attempt():
                    return
                backoff = min(2 * backoff, BACKOFF_MAX_SECONDS)
        except BaseException:
            self._probing = False
            raise

    def attempt(self) -> bool:
        """Probe once; return whether the breaker is closed now. One thread at a time calls this."""
        with self._lock:
            self._enter(State.HALF_OPEN)
        while True:
            lost = self._lost
            try:
                self._probe()
            except Exception as error:  # noqa: BLE001 -- any other error would end the probing
                with self._lock:
                    self._enter(State.OPEN)
                log.info("breaker stays open", extra={"error": repr(error)})
                return False
            with self._lock:
                # A write lost while the probe ran may be newer than the probe. Then probe again.
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
        if self.on_change:
            self.on_change()


def _start_thread(run: Callable[[], None]) -> None:
    threading.Thread(target=run, name="freshcache-breaker-probe", daemon=True).start()
