"""The contract of docs/caching.md, held against what happened in one run.

Each promise is a function that returns in words what breaks it, or nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from freshcache.policy import Outcome, Policy
from tests.proofs.schedules.history import History, Load, Read, Write

TTL_SECONDS = 30.0
ROUNDING_SECONDS = 1e-6


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that was not kept, in words, and how much of the story it takes to see it."""

    wrong: str
    lines: int


def broken(history: History, policy: Policy, *, one_load: bool) -> Broken | None:
    """The first promise that is broken, if any. `one_load`: nothing failed, no lease ended and
    nobody waited for too long, so that each page has one load per generation."""
    for read in history.reads:
        if read.outcome is not Outcome.LAST_GOOD and (wrong := _wrong_read(history, policy, read)):
            shown = f"posts {read.posts}, likes {read.likes}"
            return Broken(f"{read.thread} is shown {shown}: {wrong}", read.line)
    for place, load in enumerate(history.loads):
        if one_load and (wrong := _needless(history, load, history.loads[:place])):
            return Broken(f"{load.thread} loads {wrong}", load.line)
    return None


def _wrong_read(history: History, policy: Policy, read: Read) -> str:
    return next(filter(None, (promise(history, policy, read) for promise in PROMISES)), "")


def _nothing_uncommitted(history: History, policy: Policy, read: Read) -> str:
    return "" if read.committed or read.inside else "nobody has committed that"


def _changes(history: History, policy: Policy, read: Read) -> str:
    for write in history.writes:
        shown = read.posts if write.kind == "posts" else read.likes
        if write.version > shown and (why := _due(write, policy, read)):
            return f"it must show {write.kind} {write.version}, for {why}"
    return ""


def _due(write: Write, policy: Policy, read: Read) -> str:
    """Why this read has to show this write; nothing if it need not."""
    old = read.start.at - write.committed.at - ROUNDING_SECONDS
    own = write.process == read.process and write.kind == "posts"
    if own and write.done.order < read.start.order:
        return "its own worker made it"
    if old >= TTL_SECONDS:
        return "it is as old as the TTL"
    if not read.shared:
        apart = old >= policy.away_ttl_seconds
        return "that is how far workers may differ without Redis" if apart else ""
    return _due_by_redis(write, policy, read, old)


def _due_by_redis(write: Write, policy: Policy, read: Read, old: float) -> str:
    if write.kind == "likes" and old < policy.counts_stale_seconds:
        return ""
    if read.confirm and write.is_told(read.start, read.end):
        return "Redis had been told of it, and was asked"
    trusted = policy.trust_seconds + ROUNDING_SECONDS
    if write.is_told(read.start, read.end, for_seconds=trusted):
        return "Redis had been told of it for longer than trust lasts"
    return ""


def _page_covers_its_generation(history: History, policy: Policy, read: Read) -> str:
    covered = history.covered.get(read.generation, 0)
    return f"its generation began after posts {covered}" if read.posts < covered else ""


def _no_older_generation(history: History, policy: Policy, read: Read) -> str:
    before = (
        other.generation
        for other in history.reads
        if other.process == read.process and other.end.order < read.start.order
    )
    newest = max(before, default=0)
    went_back = 0 < read.generation < newest
    return "its worker had served a newer generation" if went_back else ""


def _nothing_from_before_closing(history: History, policy: Policy, read: Read) -> str:
    for closing in history.closings:
        after = closing.process == read.process and closing.closed.order < read.start.order
        if after and read.loaded.order < closing.sent.order:
            return "it was loaded before the breaker of its worker closed"
    return ""


Promise = Callable[[History, Policy, Read], str]
PROMISES: tuple[Promise, ...] = (
    _nothing_uncommitted,
    _changes,
    _page_covers_its_generation,
    _no_older_generation,
    _nothing_from_before_closing,
)


def _needless(history: History, load: Load, before: list[Load]) -> str:
    if not load.leased:
        return "without the lease"
    for other in before:
        if _same(load, other) and load.start.order < other.end.order:
            return f"while {other.thread} does, in the same generation"
    if any(_is_stored(history, load)):
        return "though a page of its generation had just been stored"
    return ""


def _same(load: Load, other: Load) -> bool:
    return (load.page, load.leased) == (other.page, other.leased)


def _is_stored(history: History, load: Load) -> Iterator[bool]:
    """A page is renewed for counts after a second, and in its grace."""
    before = [fill for fill in history.fills if fill.moment.order < load.start.order]
    for fill in before:
        if (fill.page, fill.generation) == (load.page, load.leased):
            yield load.start.at - fill.moment.at < 1.0
