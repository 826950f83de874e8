"""The contract of docs/caching.md, checked against the history of one run.

Each promise is a function that returns a description of its violation, or an empty string.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from freshcache.policy import Outcome, Policy
from tests.proofs.schedules.history import History, Load, Read, Write

TTL_SECONDS = 30.0
ROUNDING_SECONDS = 1e-6


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken promise. `lines`: the length of the trace up to the violation."""

    wrong: str
    lines: int


def first_violation(history: History, policy: Policy, *, one_load: bool) -> Violation | None:
    """Return the first violation, if any. `one_load`: check that each page is loaded once per
    generation. That holds only if no call fails, no lease ends and no wait times out."""
    for read in history.reads:
        if read.outcome is not Outcome.LAST_GOOD and (wrong := _wrong_read(history, policy, read)):
            shown = f"posts {read.posts}, likes {read.likes}"
            return Violation(f"{read.thread} is shown {shown}: {wrong}", read.line)
    for place, load in enumerate(history.loads):
        if one_load and (wrong := _needless(history, load, history.loads[:place])):
            return Violation(f"{load.thread} loads {wrong}", load.line)
    return None


def _wrong_read(history: History, policy: Policy, read: Read) -> str:
    return next(filter(None, (promise(history, policy, read) for promise in PROMISES)), "")


def _nothing_uncommitted(history: History, policy: Policy, read: Read) -> str:
    return "" if read.committed or read.in_transaction else "it was never committed"


def _changes(history: History, policy: Policy, read: Read) -> str:
    for write in history.writes:
        shown = read.posts if write.kind == "posts" else read.likes
        if write.version > shown and (why := _due(write, policy, read)):
            return f"it must show {write.kind} {write.version}, for {why}"
    return ""


def _due(write: Write, policy: Policy, read: Read) -> str:
    """Return why this read must show this write; an empty string if it need not."""
    age = read.start.at - write.committed.at - ROUNDING_SECONDS
    same_worker = write.process == read.process and write.kind == "posts"
    if same_worker and write.done.order < read.start.order:
        return "its own worker made it"
    if age >= TTL_SECONDS:
        return "it is as old as the TTL"
    if not read.shared:
        late = age >= policy.away_ttl_seconds
        return "that is how far workers may differ without Redis" if late else ""
    return _due_by_redis(write, policy, read, age)


def _due_by_redis(write: Write, policy: Policy, read: Read, age: float) -> str:
    if write.kind == "likes" and age < policy.counts_stale_seconds:
        return ""
    if read.confirm and write.is_announced(read.start, read.end):
        return "Redis knew it, and was asked"
    trusted = policy.trust_seconds + ROUNDING_SECONDS
    if write.is_announced(read.start, read.end, for_seconds=trusted):
        return "Redis had known it for longer than trust lasts"
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
    """Yield whether a page of this generation was stored before the load. A page older than a
    second may be renewed, for counts or in its grace."""
    before = [fill for fill in history.fills if fill.moment.order < load.start.order]
    for fill in before:
        if (fill.page, fill.generation) == (load.page, load.leased):
            yield load.start.at - fill.moment.at < 1.0
