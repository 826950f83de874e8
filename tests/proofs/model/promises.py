"""The contract (docs/caching.md) that the search checks for every page served."""

from freshcache.policy import Freshness
from tests.proofs.model.rules import Configuration
from tests.proofs.model.state import UNCOMMITTED, Need, Page, Past, Reader, State, Worker
from tests.proofs.model.world import Turn, World


def needs(world: World, state: State, worker: Worker, *, signed_in: bool) -> tuple[Need, str]:
    """Return what a read that begins now must show, and the reason."""
    config = world.config
    change, why = worker.shown, "its worker knows of it" if worker.shown else ""
    local_change = worker.shown
    for number, past in enumerate(state.changes, 1):
        reason = _due(config, past, signed_in=signed_in)
        if reason and number > change:
            change, why = number, reason
        if past.committed >= config.away:
            local_change = max(local_change, number)
    like = local_like = 0
    for number, past in enumerate(state.likes, 1):
        old = past.committed >= config.counts_stale
        if past.committed >= config.ttl or (
            old and _is_announced(config, past, signed_in=signed_in)
        ):
            like = number
        if past.committed >= config.away:
            local_like = number
    reason = f" (must show change {change}: {why})" if why else ""
    if like:
        reason = f"{reason} (must show like {like})"
    return Need(change, like, local_change, local_like), reason


def _due(config: Configuration, past: Past, *, signed_in: bool) -> str:
    if past.committed >= config.ttl:
        return "it is as old as the TTL"
    if _is_announced(config, past, signed_in=signed_in):
        return "Redis has known of it long enough"
    return ""


def _is_announced(config: Configuration, past: Past, *, signed_in: bool) -> bool:
    return past.announced > config.trust or (signed_in and past.announced >= 0)


def wrong_page(reader: Reader, page: Page) -> str:
    """Return the violation if this page is served to this reader, or an empty string."""
    need, shared = reader.need, reader.known.shared
    change = need.change if shared else need.local_change
    like = need.like if shared else need.local_like
    if page.change == UNCOMMITTED:
        return "a reader is served uncommitted data"
    if page.change < change:
        return f"a reader is served change {page.change} and must be shown change {change}"
    if page.like < like:
        return f"a reader is served like {page.like} and must be shown like {like}"
    return ""


def needless_load(turn: Turn) -> str:
    """Return the violation if this load, with a lease, is not needed: another load of the
    generation is running, or its page is still stored, or was until the protocol deleted it."""
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
