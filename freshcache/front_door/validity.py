"""How long the front door may send a stored response before it must look at the cache again."""

import math
from typing import NamedTuple

from freshcache.engine import Engine
from freshcache.errors import PoolExhausted
from freshcache.front_door.response_store import Entry
from freshcache.policy import Freshness

# A thread asks Redis this part of the trust before it ends, so that no reader waits. On a busy core
# the answer may take 20 ms.
RENEW_BEFORE_EXPIRY_FRACTION = 2 / 5
# How long a response with a last good page is sent. Then one reader each second goes to Django,
# which looks at the database, and the others get this response up to the second age.
LAST_GOOD_SECONDS = 1.0
MAX_LAST_GOOD_SECONDS = 3.0


class Validity(NamedTuple):
    """A stored response is fresh until this process learns of a change, and until a deadline.

    It ends as soon as `cache.generations.change_marker` is another object than `change_marker`.
    `until`: the deadline in seconds on the clock of `cache`.
    """

    cache: Engine
    change_marker: object
    until: float


def find_validity(entry: Entry, *, confirm: bool) -> Validity | None:
    """Return the validity of a stored response; None if `Policy` does not call its page fresh.

    It asks what `FreshCache.read` asks, and the answers stay true until the validity ends.
    `confirm`: ask Redis for the generation even if the known one is still trusted. Thread-safe.
    """
    cache = entry.served.cache
    now = cache.clock()
    trust_seconds = cache.policy.trust_seconds
    early_seconds = RENEW_BEFORE_EXPIRY_FRACTION * trust_seconds
    generations, trusted_since = cache.generations, now - trust_seconds
    since = now if confirm else trusted_since
    early_since = trusted_since + early_seconds
    try:
        if generations.trusted(since) is None:
            generations.current(since)
        elif generations.trusted(early_since) is None:
            cache.trust_renewal.call(early_since)
    except PoolExhausted:
        return None
    now = cache.clock()  # the answer of Redis may have taken long
    # The marker is read before the generation: a change between the two ends the validity.
    change_marker = generations.change_marker
    known = generations.trusted(since)
    if known is None:
        return None
    page = entry.served.page
    fresh_seconds = cache.policy.fresh_for(page, known, ttl_seconds=entry.ttl_seconds)
    until = page.snapshot_at + fresh_seconds
    if now >= until:
        return None
    check = cache.self_check
    if now >= check.due_at and check.due(now) and (known.shared or cache.policy.single_process):
        return None  # Django must serve this hit, so that it is compared with the database
    if now - page.snapshot_at >= entry.age + 1:
        entry.grow_older(now)
    entry.used = True
    asked_at = known.asked_at if known.shared else now
    trusted_until = asked_at + trust_seconds
    if asked_at >= early_since:
        trusted_until -= early_seconds
    older_at = page.snapshot_at + entry.age + 1
    due_at = check.due_at if now < check.due_at else math.inf
    return Validity(cache, change_marker, min(until, trusted_until, older_at, due_at))


def may_be_sent(entry: Entry) -> bool:
    """Whether `Policy` lets readers have the page while one of them renews or checks it.

    This goes by the generation that is trusted already. Thread-safe.
    """
    cache, page = entry.served.cache, entry.served.page
    now = cache.clock()
    known = cache.generations.trusted(now - cache.policy.trust_seconds)
    if known is None:
        return False
    age_seconds = now - page.snapshot_at
    freshness = cache.policy.judge(
        page, known, ttl_seconds=entry.ttl_seconds, age_seconds=age_seconds
    )
    return freshness is not Freshness.OLD


def is_last_good(entry: Entry) -> bool:
    """Whether this response with a last good page may be sent: until the database answers.

    It spares Django, which needs some milliseconds for each. If not, the caller asks Django.
    Thread-safe; two readers at the same moment may both ask.
    """
    cache, served = entry.served.cache, entry.served
    if not cache.database.is_in_doubt:
        return False
    now = cache.clock()
    age_seconds = now - served.page.snapshot_at - served.age_seconds
    if cache.database.is_down and age_seconds < LAST_GOOD_SECONDS:
        return True
    if now - entry.asked_at >= LAST_GOOD_SECONDS:
        entry.asked_at = now
        return False
    return age_seconds < MAX_LAST_GOOD_SECONDS
