"""Counters of uses within a sliding window: in Redis by one script, or in memory under one lock.

Both give the same results. Clients can't evict a counter: the number of identities is bounded, and
further identities share counters instead of replacing existing ones.
"""

import base64
import hashlib
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import redis
import structlog

from freshcache.redis import script_call

log = structlog.stdlib.get_logger(__name__)

# Identities with a separate count, per counter and window. One takes about 70 bytes in Redis.
MAX_IDENTITIES = 10_000
# All other identities share this many counts, whose limits are larger by the factor.
SHARED_COUNTS = 1_024
SHARED_FACTOR = 4

SCRIPT = (Path(__file__).parent / "counters.lua").read_text()


class Rate(NamedTuple):
    """At most `amount` uses in `seconds`."""

    amount: int
    seconds: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """One use of something limited. `identity` is an opaque text: the account or address.

    `cost`: how many uses; 0 only reads the counter, a negative cost gives uses back. With
    `refuses` False the use is counted even above the limit.
    """

    scope: str
    identity: str
    rate: Rate
    cost: int = 1
    refuses: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """`wait_seconds`: until the use is allowed, 0 if it is. `count`: uses before this one. `left`:
    further uses that are allowed just now."""

    wait_seconds: float
    count: int
    left: int


def fields(identity: str, secret: bytes) -> tuple[str, str]:
    """Return the field of an identity, and the shared field it uses when a hash is full.

    The digest is keyed: Redis stores no addresses, and no client can choose its shared field.
    """
    digest = hashlib.blake2b(identity.encode(errors="surrogatepass"), digest_size=12, key=secret)
    shared = int.from_bytes(digest.digest()[:4], "big") % SHARED_COUNTS
    return base64.urlsafe_b64encode(digest.digest()).decode(), f"~{shared}"


class RedisCounters:
    """Counters in Redis. Thread-safe.

    `prefix` separates sites that share a Redis. All keys are in one slot of a Cluster.
    """

    def __init__(self, *, prefix: str, secret: bytes) -> None:
        self._tag = f"{{{prefix}:limits}}"
        self._secret = secret
        self._script: Any = None

    def count(self, client: Any, uses: Sequence[Use]) -> list[Counted]:
        """Count all uses, or none if one of them is refused.

        Raises:
            redis.RedisError: Redis did not answer.
        """
        keys: list[str] = []
        arguments: list[Any] = [MAX_IDENTITIES, SHARED_FACTOR]
        for use in uses:
            keys += [f"{self._tag}:{use.scope}:{parity}" for parity in ("even", "odd")]
            arguments += fields(use.identity, self._secret)
            arguments += [use.rate.amount, use.rate.seconds, use.cost, int(use.refuses)]
        if self._script is None:
            _warn_of_eviction(client)
            self._script = client.register_script(SCRIPT)
        foreign, *answers = map(int, script_call.run(self._script, client, keys, arguments))
        if foreign:
            log.warning("foreign values under keys of limits: deleted", keys=keys, values=foreign)
        return [
            Counted(wait_seconds=wait_ms / 1000, count=count, left=left)
            for wait_ms, count, left in zip(*(answers[n::3] for n in range(3)), strict=True)
        ]


def _warn_of_eviction(client: Any) -> None:
    try:
        memory = client.info("memory")
    except redis.ResponseError:  # the user of Redis may not call INFO
        return
    policy = str(memory.get("maxmemory_policy", ""))
    if memory.get("maxmemory") and policy.startswith("allkeys-"):
        log.warning(
            "a full Redis would forget limits: set maxmemory-policy to volatile-lfu", policy=policy
        )


@dataclass(slots=True)
class _Window:
    number: int
    counts: dict[str, int]


@dataclass(kw_only=True, slots=True)
class _Place:
    """The windows and counts of one use: `now` is the current window, `before` the last one."""

    use: Use
    field: str
    now: _Window
    before: _Window | None
    current: int
    earlier: int
    answer: Counted


class MemoryCounters:
    """Counters in the memory of this process. Thread-safe. `clock`: seconds since 1970."""

    def __init__(self, *, secret: bytes, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: dict[str, list[_Window]] = {}

    def count(self, uses: Sequence[Use]) -> list[Counted]:
        """Count all uses, or none if one of them is refused."""
        with self._lock:
            places = [self._place(use) for use in uses]
            if not any(place.use.refuses and place.answer.wait_seconds for place in places):
                for place in places:
                    _settle(place)
        return [place.answer for place in places]

    def _place(self, use: Use) -> _Place:
        now, (amount, period) = self._clock(), use.rate
        number = math.floor(now / period)
        windows = self._windows.setdefault(use.scope, [])
        if windows and windows[-1].number == number + 1:  # the clock was set back
            number = number + 1
        windows[:] = [window for window in windows if number - 1 <= window.number <= number]
        if not windows or windows[-1].number != number:
            windows.append(_Window(number, {}))
        current = windows[-1]
        before = windows[0] if windows[0].number == number - 1 else None
        field, shared_field = fields(use.identity, self._secret)
        shared = field not in current.counts and len(current.counts) >= MAX_IDENTITIES
        if shared:
            field, amount = shared_field, amount * SHARED_FACTOR
        count, earlier = current.counts.get(field, 0), before.counts.get(field, 0) if before else 0
        elapsed = max(0.0, now - number * period)
        wait = wait_seconds(earlier, count, use.cost, Rate(amount, period), elapsed)
        used = earlier * (1 - elapsed / period) + count + (0 if wait else use.cost)
        answer = Counted(
            wait_seconds=wait,
            count=0 if shared else count + earlier,
            left=max(0, math.floor(amount - used)),
        )
        return _Place(
            use=use,
            field=field,
            now=current,
            before=before,
            current=count,
            earlier=earlier,
            answer=answer,
        )


def _settle(place: _Place) -> None:
    count = place.current + place.use.cost
    if max(0, count) != place.current:
        place.now.counts[place.field] = max(0, count)
    if count < 0 and place.earlier and place.before:
        place.before.counts[place.field] = max(0, place.earlier + count)


def wait_seconds(before: int, current: int, cost: int, rate: Rate, elapsed: float) -> float:
    """Return the seconds until `cost` more uses are allowed; 0 if they are, or if `cost` < 0.

    `before` and `current` are the uses in the last window and in this one, which began `elapsed`
    seconds ago.
    """
    limit, period = rate
    if cost < 0 or before * (1 - elapsed / period) + current + cost <= limit:
        return 0
    left = period - elapsed
    if current + cost <= limit:
        left = period * (1 - (limit - current - cost) / before) - elapsed
    elif current > 0:
        left += period * max(0.0, 1 - (limit - cost) / current)
    return max(0.001, left)
