"""The contract (docs/caching.md), as the search holds it against every page served."""

from freshcache.policy import Freshness
from tests.proofs.model.rules import Configuration
from tests.proofs.model.state import UNCOMMITTED, Need, Page, Past, Reader, State, Worker
from tests.proofs.model.world import Turn, World


def needs(world: World, state: State, worker: Worker, *, signed_in: bool) -> tuple[Need, str]:
    """What a read that begins now must show, and why, in words."""
    config = world.config
    change, why = worker.shown, "its worker knows of it" if worker.shown else ""
    own_change = worker.shown
    for number, past in enumerate(state.changes, 1):
        reason = _due(config, past, signed_in=signed_in)
        if reason and number > change:
            change, why = number, reason
        if past.committed >= config.away:
            own_change = max(own_change, number)
    like = own_like = 0
    for number, past in enumerate(state.likes, 1):
        old = past.committed >= config.counts_stale
        if past.committed >= config.ttl or (old and _is_told(config, past, signed_in=signed_in)):
            like = number
        if past.committed >= config.away:
            own_like = number
    reason = f" (must show change {change}: {why})" if why else ""
    if like:
        reason = f"{reason} (must show like {like})"
    return Need(change, like, own_change, own_like), reason


def _due(config: Configuration, past: Past, *, signed_in: bool) -> str:
    if past.committed >= config.ttl:
        return "it is as old as the TTL"
    if _is_told(config, past, signed_in=signed_in):
        return "Redis has known of it long enough"
    return ""


def _is_told(config: Configuration, past: Past, *, signed_in: bool) -> bool:
    return past.told > config.trust or (signed_in and past.told >= 0)


def wrong_page(reader: Reader, page: Page) -> str:
    """What is wrong with serving this page to this reader."""
    need, shared = reader.need, reader.known.shared
    change = need.change if shared else need.own_change
    like = need.like if shared else need.own_like
    if page.change == UNCOMMITTED:
        return "a reader is served what is not committed"
    if page.change < change:
        return f"a reader is served change {page.change} and must be shown change {change}"
    if page.like < like:
        return f"a reader is served like {page.like} and must be shown like {like}"
    return ""


def needless_load(turn: Turn) -> str:
    """What is wrong with a load, with a lease, in this generation: that another is under way, or
    that its result lies in Redis, or lay there until the protocol itself threw it away."""
    known, state = turn.reader.known, turn.state
    if turn.world.rules.invalidate_by != "generation" or turn.reader.lease != "held":
        return ""
    for worker in state.workers:
        for other in worker.readers:
            loading = other.at in {"load", "fill"} and other.lease == "held"
            if loading and other.known.generation == known.generation:
                return f"two loads at once in generation {known.generation}"
    filled = state.redis.filled
    seen = turn.world.seen_by(filled, known)
    if filled.generation and turn.world.judge(seen, known) is Freshness.FRESH:
        return f"a second load in generation {known.generation}, whose page had been stored"
    return ""
