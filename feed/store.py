"""What the fleet shares in Redis: the generation, the pages, the leases.

All keys carry one hash tag, so that a Cluster keeps them in one slot and a script may touch them
together. Calls raise `redis.RedisError`; what that means is decided in `feed.cache`, not here.

Redis is not trusted. A stored page carries a MAC over its key and its content; a value without a
valid one, of another type or too large counts as missing. The MAC is checked here, once, before the
page enters a process's memory, so a hit does not pay for it.
"""

import hmac
import json
import math
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, cast

import redis
import structlog
from redis.commands.core import Script

from feed.metrics import EVENTS

log = structlog.stdlib.get_logger(__name__)

TAG = "{feed:global}"

# Part of every page key: raised when the stored form changes, so that two releases of the
# program never read each other's pages.
SCHEMA = 3
# The largest page of 50 posts or comments, escaped as JSON, is below 3 MB. A larger value is not
# ours, and is not read to its end.
MAX_STORED_BYTES = 4_000_000
_MAC = "sha256"
_MAC_CHARACTERS = 64  # of SHA-256 in hexadecimal

_PAGE_NAME = re.compile(r"[A-Za-z0-9_:.-]{1,200}")

# Numbers stay below 2^53 (microseconds since 1970 reach it in 2255), so Lua's doubles are exact.
# A number is never reused: not after a flush, an eviction or a failover, which lose the current
# one but neither the clock nor what the asking worker has seen. A value that this script can't
# have written counts as lost: what is no number, or is more than a year ahead of the clock. Such a
# number would leave no room above it.
_CONFIRM = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function number(key)
    local value = redis.pcall('GETRANGE', key, 0, 16)
    local ours = type(value) == 'string' and #value <= 16 and string.find(value, '^[1-9]%d*$')
    return ours and tonumber(value) < now + 31536000000000 and tonumber(value) or 0
end
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
if redis.pcall('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""

# A counter has at most 19 digits. What is longer is foreign, and may be of any size.
_COUNTERS = """
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return {} end
local counts = {}
for place, event in ipairs(ARGV) do
    local short = redis.call('HSTRLEN', KEYS[1], event) <= 19
    counts[place] = short and redis.call('HGET', KEYS[1], event) or ''
end
return counts
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
        """None when the value is not of this form."""
        head, _, body = value.partition(b"\n")
        try:
            fields = json.loads(head)
            page = cls(fields["generation"], fields["counts"], fields["as_of_us"], body)
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
        numbers = (page.generation, page.counts, page.as_of_us)
        return page if all(type(number) is int for number in numbers) else None


@dataclass(frozen=True, slots=True)
class KeyNames:
    """The names of our keys. `prefix` keeps sites apart that share a Redis."""

    prefix: str = ""

    @property
    def tag(self) -> str:
        """How all of them begin."""
        return f"{self.prefix}:{TAG}" if self.prefix else TAG

    @property
    def generation(self) -> str:
        return f"{self.tag}:generation"

    @property
    def counts(self) -> str:
        return f"{self.tag}:counts"

    @property
    def stats(self) -> str:
        return f"{self.tag}:stats"

    def page(self, name: str) -> str:
        """The key of the page called `name`. Raise ValueError for what can't be a name."""
        if not _PAGE_NAME.fullmatch(name):
            raise ValueError(f"not a page name: {name!r}")
        return f"{self.tag}:page:v{SCHEMA}:{name}"

    def lease(self, name: str, generation: int) -> str:
        """The key of the lease on loading that page in this generation."""
        return f"{self.tag}:lease:v{SCHEMA}:{name}:{generation}"


def _ms(seconds: float) -> int:
    """Redis takes no time-out of 0 ms."""
    return math.ceil(seconds * 1000)


class Store:
    """`connect` returns a client each time; the client's pool is what keeps connections.

    `secret` authenticates what is stored (HMAC-SHA256, RFC 2104); `prefix` begins every key.
    """

    def __init__(
        self, connect: Callable[[], "redis.Redis"], *, secret: bytes, prefix: str = ""
    ) -> None:
        self._connect = connect
        self._secret = secret
        self.key_names = KeyNames(prefix)
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
        answer = self._run(
            _CONFIRM, [self.key_names.generation, self.key_names.counts], [seen, bump]
        )
        generation, counts, now_us = (int(number) for number in answer)
        return Answer(generation, counts, now_us)

    def get(self, name: str) -> StoredPage | None:
        """The stored page, or None. What this program did not store is logged, and a fill replaces
        it."""
        key = self.key_names.page(name)
        try:
            # Not GET: a foreign value may be of half a gigabyte.
            value = cast("bytes", self._connect().getrange(key, 0, MAX_STORED_BYTES))
        except redis.ResponseError:
            value = b"a value of another type"
        if not value:
            return None
        page = self._opened(key, value)
        if page is None:
            log.warning("a foreign value in Redis is ignored", key=key)
        return page

    def fill(self, name: str, page: StoredPage, *, ttl_seconds: float, token: str) -> bool:
        """Store the page if its generation is still the current one; give back the lease anyway."""
        page_key = self.key_names.page(name)
        keys = [self.key_names.generation, page_key, self.key_names.lease(name, page.generation)]
        sealed = self._sealed(page_key, page.encode())
        arguments: list[Any] = [page.generation, sealed, _ms(ttl_seconds), token]
        return bool(self._run(_FILL, keys, arguments))

    def _sealed(self, key: str, content: bytes) -> bytes:
        """The content behind its MAC, which covers the key too: no page passes for another."""
        return self._mac(key, content) + b"\n" + content

    def _opened(self, key: str, value: bytes) -> StoredPage | None:
        """The page, if it was stored under this key by a process with our secret."""
        mac, content = value[:_MAC_CHARACTERS], value[_MAC_CHARACTERS + 1 :]
        if not hmac.compare_digest(mac, self._mac(key, content)):
            return None
        return StoredPage.decode(content)

    def _mac(self, key: str, content: bytes) -> bytes:
        return hmac.digest(self._secret, key.encode() + b"\n" + content, _MAC).hex().encode()

    def lease(self, name: str, *, generation: int, seconds: float) -> str:
        """Take the lease on loading this page in this generation; empty if another has it."""
        token = secrets.token_hex(8)
        key = self.key_names.lease(name, generation)
        taken = self._connect().set(key, token, nx=True, px=_ms(seconds))
        return token if taken else ""

    def release(self, name: str, *, generation: int, token: str) -> None:
        """Give back a lease whose load failed."""
        self._run(_RELEASE, [self.key_names.lease(name, generation)], [token])

    def forget(self, name: str) -> None:
        """What the page showed is gone."""
        self._connect().delete(self.key_names.page(name))

    def count(self, counts: dict[str, int]) -> None:
        """Add to the fleet's counters, in one round trip."""
        pairs = [part for pair in counts.items() for part in pair]
        self._run(_COUNT, [self.key_names.stats], pairs)

    def counters(self) -> dict[str, int]:
        """The fleet's counters; those that never counted, or hold a foreign value, are 0."""
        stored = cast("list[bytes | None]", self._run(_COUNTERS, [self.key_names.stats], EVENTS))
        counts: dict[str, int] = dict.fromkeys(EVENTS, 0)
        for event, count in zip(EVENTS, stored, strict=False):  # none at all for a foreign value
            counts[event] = int(count) if count and count.isdigit() else 0
        return counts

    def ping(self) -> None:
        """One round trip."""
        self._connect().ping()
