"""What the fleet shares in Redis: the generation, the pages, the leases.

All keys carry one hash tag, so that a Cluster keeps them in one slot and a script may touch them
together. Calls raise `redis.RedisError`; what that means is decided in `feed.cache`, not here.
"""

import json
import math
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, cast

import redis
from redis.commands.core import Script

from feed.metrics import EVENTS

TAG = "{feed:global}"
GENERATION_KEY = f"{TAG}:generation"
COUNTS_KEY = f"{TAG}:counts"
STATS_KEY = f"{TAG}:stats"

# Part of every page key: raised when the stored form changes, so that two releases of the
# program never read each other's pages.
SCHEMA = 2

_PAGE_NAME = re.compile(r"[A-Za-z0-9_:.-]{1,200}")

# Numbers stay below 2^53 (microseconds since 1970 reach it in 2255), so Lua's doubles are exact.
# A number is never reused: not after a flush, an eviction or a failover, which lose the current
# one but neither the clock nor what the asking worker has seen. A value that this script can't
# have written counts as lost: what is no number, and from 2^52 on, where adding 1 might not add.
_CONFIRM = """
local function number(key)
    local value = redis.pcall('GET', key)
    local ours = type(value) == 'string' and #value <= 16 and string.find(value, '^[1-9]%d*$')
    return ours and tonumber(value) < 4503599627370496 and tonumber(value) or 0
end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local seen = tonumber(ARGV[1])
local generation = number(KEYS[1])
local counts = number(KEYS[2])
if generation == 0 or generation < seen or ARGV[2] == 'posts' then
    generation = math.max(now, generation + 1, seen + 1)
    redis.call('SET', KEYS[1], string.format('%.0f', generation))
end
if counts == 0 or ARGV[2] == 'counts' then
    counts = math.max(now, counts + 1)
    redis.call('SET', KEYS[2], string.format('%.0f', counts))
end
local answer = {}
for place, number in ipairs({generation, counts, now}) do
    answer[place] = string.format('%.0f', number)
end
return answer
"""

_FILL = """
if redis.pcall('GET', KEYS[3]) == ARGV[4] then redis.call('DEL', KEYS[3]) end
if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return 1
"""

_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""

# A foreign value in the place of the counters, or of one of them, is replaced.
_COUNT = """
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then redis.call('DEL', KEYS[1]) end
for place = 1, #ARGV, 2 do
    local counted = redis.pcall('HINCRBY', KEYS[1], ARGV[place], ARGV[place + 1])
    if type(counted) == 'table' then redis.call('HSET', KEYS[1], ARGV[place], ARGV[place + 1]) end
end
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What Redis says of the feed at one moment of its own clock, in microseconds since 1970."""

    generation: int
    counts: int
    now_us: int


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page as it lies in Redis: the generation it was filled under, and its snapshot's moment."""

    generation: int
    counts: int
    as_of_us: int
    body: bytes

    def encode(self) -> bytes:
        head = {"generation": self.generation, "counts": self.counts, "as_of_us": self.as_of_us}
        return json.dumps(head).encode() + b"\n" + self.body

    @classmethod
    def decode(cls, value: bytes) -> Self | None:
        """None when the value is not of this form: whoever wrote it, it is no page of ours."""
        head, _, body = value.partition(b"\n")
        try:
            fields = json.loads(head)
            page = cls(fields["generation"], fields["counts"], fields["as_of_us"], body)
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
        numbers = (page.generation, page.counts, page.as_of_us)
        return page if all(type(number) is int for number in numbers) else None


def page_key(name: str) -> str:
    """The Redis key of the page called `name`. Raise ValueError for what can't be a name."""
    if not _PAGE_NAME.fullmatch(name):
        raise ValueError(f"not a page name: {name!r}")
    return f"{TAG}:page:v{SCHEMA}:{name}"


def _lease_key(name: str, generation: int) -> str:
    return f"{TAG}:lease:v{SCHEMA}:{name}:{generation}"


def _ms(seconds: float) -> int:
    """Redis takes no time-out of 0 ms."""
    return math.ceil(seconds * 1000)


class Store:
    """`connect` returns a client each time; the client's pool is what keeps connections."""

    def __init__(self, connect: Callable[[], "redis.Redis"]) -> None:
        self._connect = connect
        self._scripts: dict[str, Script] = {}

    def _run(self, text: str, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        """A script by its digest; its text is sent only to a Redis that does not know it."""
        client = self._connect()
        if (script := self._scripts.get(text)) is None:
            script = self._scripts[text] = client.register_script(text)
        return script(keys, arguments, client=client)

    def confirm(self, *, seen: int, bump: Literal["", "posts", "counts"] = "") -> Answer:
        """Ask for the generation, after bumping it or the counts if told to.

        `seen` is the highest generation this worker knows. A lower one, or none, means that Redis
        lost it: a new one is made on the spot, higher than all that anybody can remember.
        """
        answer = self._run(_CONFIRM, [GENERATION_KEY, COUNTS_KEY], [seen, bump])
        generation, counts, now_us = (int(number) for number in answer)
        return Answer(generation, counts, now_us)

    def get(self, name: str) -> StoredPage | None:
        try:
            value = cast("bytes | None", self._connect().get(page_key(name)))
        except redis.ResponseError:
            return None  # a foreign value of another type: a fill replaces it
        return StoredPage.decode(value) if value is not None else None

    def fill(self, name: str, page: StoredPage, *, ttl_seconds: float, token: str) -> bool:
        """Store the page if its generation is still the current one; give back the lease anyway."""
        keys = [GENERATION_KEY, page_key(name), _lease_key(name, page.generation)]
        arguments: list[Any] = [page.generation, page.encode(), _ms(ttl_seconds), token]
        return bool(self._run(_FILL, keys, arguments))

    def lease(self, name: str, *, generation: int, seconds: float) -> str:
        """Take the lease on loading this page in this generation; empty if another has it."""
        token = secrets.token_hex(8)
        key = _lease_key(name, generation)
        taken = self._connect().set(key, token, nx=True, px=_ms(seconds))
        return token if taken else ""

    def release(self, name: str, *, generation: int, token: str) -> None:
        """Give back a lease whose load failed."""
        self._run(_RELEASE, [_lease_key(name, generation)], [token])

    def forget(self, name: str) -> None:
        """What the page showed is gone."""
        self._connect().delete(page_key(name))

    def count(self, counts: dict[str, int]) -> None:
        """Add to the fleet's counters, in one round trip."""
        pairs = [part for pair in counts.items() for part in pair]
        self._run(_COUNT, [STATS_KEY], pairs)

    def counters(self) -> dict[str, int]:
        """The fleet's counters; those that never counted are 0."""
        try:
            stored = cast("list[bytes | None]", self._connect().hmget(STATS_KEY, EVENTS))
        except redis.ResponseError:
            stored = [None] * len(EVENTS)  # a foreign value of another type
        return {
            event: int(count) if count and count.isdigit() else 0
            for event, count in zip(EVENTS, stored, strict=True)
        }

    def ping(self) -> None:
        """One round trip."""
        self._connect().ping()
