"""The production code, broken in one place each, in ways that real projects have shipped.

A mutation edits the source as it is now. It raises an error if the text to replace is not found, so
that it never tests code of an older version.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

import redis

from tests.proofs.schedules import scenarios as small
from tests.proofs.schedules.edits import Edit
from tests.proofs.schedules.running import run
from tests.proofs.schedules.scenarios import Scenario
from tests.proofs.schedules.search import Report, depth_first
from tests.proofs.schedules.shared_redis import InMemory, over


@dataclass(frozen=True, slots=True)
class Mutation:
    """A broken place, a scenario that is enough to show it, and the violation. `real`: the broken
    part is a script, which only a real Redis can run."""

    name: str
    edits: tuple[Edit, ...]
    scenario: Scenario
    wrong: str = "it must show posts"
    real: bool = False

    @contextmanager
    def done(self) -> Iterator[None]:
        with ExitStack() as stack:
            for edit in self.edits:
                stack.enter_context(edit.done())
            yield


def _edit(place: str, old: str, new: str) -> Edit:
    return Edit(place, ((old, new),))


def _ask(*changes: tuple[str, str]) -> Edit:
    return Edit("freshcache.generation:Generations._ask", changes)


def _load(old: str, new: str) -> Edit:
    return _edit("freshcache.read:Read._load", old, new)


def _judge(old: str, new: str) -> Edit:
    return _edit("freshcache.policy:Policy.judge", old, new)


LOADED = "            return self._last_good(error)\n"

MUTATIONS = (
    Mutation("the announcement comes before the commit", (), small.TOO_EARLY),
    Mutation(
        "a fill does not compare",
        (_edit("freshcache.redis.store:_FILL", "~= ARGV[1] then return 0", "== '' then return 0"),),
        small.CROWD,
        wrong="had just been stored",
        real=True,
    ),
    Mutation(
        "the generation is INCR from zero",
        (
            _edit(
                "freshcache.redis.store:_CONFIRM",
                "math.max(now, generation + 1, seen + 1)",
                "generation + 1",
            ),
        ),
        small.KEYS_LOST,
        wrong="longer than trust lasts",
        real=True,
    ),
    Mutation(
        "a lower generation of Redis is believed",
        (
            _edit("freshcache.redis.store:_CONFIRM", "or generation < seen ", ""),
            _ask(
                ("if answer.generation < self._seen:", "if False:"),
                ("or answer.generation > known.number", "or answer.generation != known.number"),
            ),
        ),
        small.FAILOVER,
        wrong="its own worker made it",
        real=True,
    ),
    Mutation(
        "an answer that a newer one has overtaken is believed",
        (_ask(("if answer.generation < self._seen:", "if False:")),),
        small.ONE_PROCESS,
        wrong="its own worker made it",
    ),
    Mutation(
        "the breaker is closed by a ping",
        (_edit("freshcache.generation:Generations._probe", 'bump="content"', ""),),
        small.OUTAGE,
        wrong="its own worker made it",
    ),
    Mutation(
        "an invalidation that comes while the probe runs does not count",
        (_edit("freshcache.breaker:Breaker.attempt", "if self._lost == lost:", "if True:"),),
        small.PROBE,
        wrong="its own worker made it",
    ),
    Mutation(
        "whether the breaker is open, and that a write was lost, are two steps",
        (
            _edit(
                "freshcache.breaker:Breaker.passes",
                "        with self._lock:\n            if self._state is State.CLOSED:\n"
                "                return True\n",
                "        if self._state is State.CLOSED:\n            return True\n"
                "        with self._lock:\n",
            ),
        ),
        small.PROBE,
        wrong="its own worker made it",
    ),
    Mutation(
        "a failed invalidation is ignored",
        (_edit("freshcache.generation:Generations._bump", "self.breaker.trip(error)", "pass"),),
        small.LOST_CALL,
    ),
    Mutation(
        "a process's own writes do not clear its memory",
        (_edit("freshcache.generation:Generations._bump", "self._local_number -= 1", "pass"),),
        small.OUTAGE,
        wrong="its own worker made it",
    ),
    Mutation(
        "pages of one outage are valid in the next",
        (
            _ask(("self._local_number -= 1", "pass")),
            _edit(
                "freshcache.generation:Generations._breaker_changed",
                "self._local_number -= 1",
                "pass",
            ),
        ),
        small.OUTAGES,
        wrong="before the breaker of its worker closed",
    ),
    Mutation(
        "without Redis a page lives as long as with it",
        (
            _edit(
                "freshcache.policy:Policy.ttl_in_force",
                "min(ttl_seconds, self.away_ttl_seconds)",
                "30",
            ),
        ),
        small.AWAY,
        wrong="how far workers may differ",
    ),
    Mutation(
        "trust is counted from the answer",
        (_ask(('bump=bump or "")\n', 'bump=bump or ""); asked_at = self._clock()\n')),),
        small.TRUST,
        wrong="longer than trust lasts",
    ),
    Mutation(
        "the TTL is counted from the answer of the database",
        (
            _load(
                "generation.counts_version, generation.asked_at",
                "generation.counts_version, cache.clock()",
            ),
        ),
        small.SLOW_LOAD,
        wrong="as old as the TTL",
    ),
    Mutation(
        "the TTL of a page from Redis begins when it is found",
        (
            _edit(
                "freshcache.read:Read._adopt",
                "self.generation.asked_at - max(0.0, age_when_asked)",
                "self.cache.clock()",
            ),
        ),
        small.ADOPTED,
        wrong="as old as the TTL",
    ),
    Mutation(
        "the generation is read after the query",
        (_load(LOADED, f"{LOADED}        generation = cache.generations._ask()\n"),),
        small.CROWD,
        wrong="its generation began after",
    ),
    Mutation(
        "there is no second look after taking the lease",
        (
            _edit(
                "freshcache.read:Read._ask_redis",
                "found = None if superseded else self._adopt(stored)",
                "found = superseded = None",
            ),
        ),
        small.THREE_PROCESSES,
        wrong="had just been stored",
    ),
    Mutation(
        "who waits for a flight takes what it brings",
        (
            _edit(
                "freshcache.read:Read._try",
                "cache.policy.wait_seconds)\n        return None",
                "cache.policy.wait_seconds)\n        page = self.memory.get(self.name)\n"
                "        return self._serve(page, Outcome.HIT) if page else None",
            ),
        ),
        small.TWO_READERS,
    ),
    Mutation(
        "a page of an older generation is served while it is renewed",
        (
            _judge(
                "        if page.generation != generation.number or",
                "        if page.generation != generation.number:\n"
                "            return Freshness.STALE\n        if",
            ),
        ),
        small.TWO_READERS,
    ),
    Mutation(
        "old counts are served for as long as the page is being renewed",
        (_judge("age_seconds < self.counts_stale_seconds", "True"),),
        small.COUNTS,
        wrong="it must show likes",
    ),
    Mutation(
        "what a transaction reads is stored",
        (_edit("freshcache.read:Read._try", "if not self.may_fill:", "if False:"),),
        small.TRANSACTIONS,
        wrong="never committed",
    ),
)


def find(mutation: Mutation, client: redis.Redis) -> Report:
    """Search the scenario with the mutation in place. `client`: a Redis that may be emptied."""
    shared = over(client) if mutation.real else InMemory
    with mutation.done():
        run_broken = partial(run, mutation.scenario, shared=shared)
        return depth_first(run_broken, preemptions=2, max_schedules=10_000)
