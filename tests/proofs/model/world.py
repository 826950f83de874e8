"""The rules in force: what Redis executes, how a worker uses an answer, what may be served."""

from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import NamedTuple

from freshcache.generation import Generation
from freshcache.memory import Page as ServedPage
from freshcache.policy import Freshness, Policy
from tests.proofs.model.explorer import Step
from tests.proofs.model.rules import Configuration, Fault, Rules
from tests.proofs.model.state import (
    NO_PAGE,
    NOTHING_KNOWN,
    Answer,
    Known,
    Page,
    Past,
    Reader,
    Redis,
    State,
    Worker,
    Writer,
)


@dataclass(frozen=True)
class World:
    """A configuration under rules."""

    config: Configuration
    rules: Rules

    @cached_property
    def _verdicts(self) -> dict[tuple[int, bool, bool, bool], Freshness]:
        """The decisions of the production policy, by age, changed, counts changed and shared. One
        tick is one second."""
        config = self.config
        policy = Policy(
            grace_seconds=config.grace,
            away_ttl_seconds=config.away,
            counts_refresh_seconds=config.counts_refresh,
            counts_stale_seconds=config.counts_stale if self.rules.counts_bounded else inf,
        )
        return {
            (age, changed, recounted, shared): policy.judge(
                ServedPage(1, 1, 0.0, b""),
                Generation(1 + changed, 1 + recounted, shared, 0.0, 0),
                ttl_seconds=config.ttl,
                age_seconds=age,
            )
            for age in range(config.ttl + 1)
            for changed in (False, True)
            for recounted in (False, True)
            for shared in (False, True)
        }

    def judge(self, page: Page, known: Known) -> Freshness:
        """Return whether the page may be served in this generation."""
        if page == NO_PAGE:
            return Freshness.OLD
        changed = page.generation != known.generation
        if self.rules.invalidate_by != "generation":
            changed = False
        elif changed and not self.rules.grace_within_generation and page.age < self.config.ttl:
            return Freshness.STALE
        return self._verdicts[page.age, changed, page.counts != known.counts, known.shared]

    def seen_by(self, page: Page, known: Known) -> Page:
        """Return a page of Redis with its age as a worker computes it: by Redis's clock up to its
        answer, and by the worker's clock since the question."""
        age = known.asked + max(0, page.age - known.executed)
        return page._replace(age=min(self.config.ttl, age))

    def script(self, state: State, worker: Worker, bump: str = "") -> tuple[State, Answer]:
        """Redis returns the generation. It makes a new one for a bump, or if it has lost its
        own."""
        redis = state.redis
        lost = redis.generation == 0 or (self.rules.highest_seen and redis.generation < worker.seen)
        if lost or bump == "post":
            state = self._renumber(state)
        elif bump == "like":
            state = mark_announced(state._replace(clock=state.clock + 1), changes=False)
            state = state._replace(redis=state.redis._replace(counts=state.clock))
        if state.redis.counts == 0 and self.rules.counts_unique:
            state = state._replace(clock=state.clock + 1)
            state = state._replace(redis=state.redis._replace(counts=state.clock))
        redis = state.redis
        return state, Answer(redis.generation, redis.counts, 0, redis.change)

    def _renumber(self, state: State) -> State:
        """Begin a new generation. It covers everything committed before."""
        clock = state.clock + 1
        number = clock if self.rules.unique_numbers else state.redis.generation + 1
        state = state._replace(clock=clock, redis=state.redis._replace(generation=number))
        return mark_announced(state, changes=True)

    def trip(self, worker: Worker) -> Worker:
        """A call failed. It may have been an invalidation, so Redis is ignored from now on."""
        if worker.breaker != "closed":
            return worker._replace(lost=True)
        return worker._replace(breaker="open", lost=True)

    def receive(self, worker: Worker, answer: Answer, asked: int) -> Worker | None:
        """Let the worker learn an answer. Return None if it has seen a newer generation: ask
        again."""
        if self.rules.highest_seen and answer.generation < worker.seen:
            return None
        if not self.rules.trust_from_question:
            asked = 0
        known = worker.known
        if answer.generation > known.generation or asked <= known.asked:
            known = Known(answer.generation, answer.counts, asked, answer.executed, shared=True)
            if known.asked > self.config.trust:
                known = NOTHING_KNOWN
        shown = max(worker.shown, answer.change) if worker.breaker == "closed" else worker.shown
        local_generation = worker.local_generation
        if self.rules.local_numbers == "from news" and answer.generation > worker.seen:
            local_generation -= 1
        return worker._replace(
            seen=answer.generation, known=known, shown=shown, local_generation=local_generation
        )

    def put(self, worker: Worker, page: Page) -> Worker:
        """Keep the page in memory, unless memory has a later one of the same generation."""
        old = worker.memory
        later = old.generation == page.generation and old.age < page.age
        if later or self.rules.invalidate_by != "generation":
            return worker
        return worker._replace(memory=page)


def mark_announced(state: State, *, changes: bool) -> State:
    """Redis knows all likes so far, and with `changes` also all changes."""
    redis = state.redis._replace(like=len(state.likes))
    state = state._replace(redis=redis, likes=tuple(_known(past) for past in state.likes))
    if not changes:
        return state
    redis = redis._replace(change=len(state.changes))
    return state._replace(redis=redis, changes=tuple(_known(past) for past in state.changes))


def _known(past: Past) -> Past:
    return past if past.announced >= 0 else past._replace(announced=0)


class Turn(NamedTuple):
    """One thread of one worker, about to take a step."""

    world: World
    state: State
    place: int
    thread: int

    @property
    def worker(self) -> Worker:
        return self.state.workers[self.place]

    @property
    def reader(self) -> Reader:
        return self.worker.readers[self.thread]

    @property
    def writer(self) -> Writer:
        return self.worker.writers[self.thread]

    def may(self, fault: Fault) -> bool:
        return self.state.faults > 0 and fault in self.world.config.faults

    @property
    def faulty(self) -> bool:
        """Return whether this worker's calls may fail."""
        kind = "writing" if self.worker.writers else "reading"
        return self.world.config.faulty in {"any", kind}

    @property
    def may_lose_a_call(self) -> bool:
        return self.may("lost call") and self.faulty

    def use_fault(self) -> "Turn":
        """Return the same turn with one fault less left."""
        return self._replace(state=self.state._replace(faults=self.state.faults - 1))

    def with_redis(self, redis: Redis) -> "Turn":
        world, state, place, thread = self
        return Turn(world, State(redis, *state[1:]), place, thread)

    def with_worker(self, worker: Worker) -> "Turn":
        world, state, place, thread = self
        workers = state.workers
        workers = (*workers[:place], worker, *workers[place + 1 :])
        return Turn(world, State(*state[:-1], workers), place, thread)

    def with_reader(self, reader: Reader) -> "Turn":
        worker, thread = self.worker, self.thread
        readers = worker.readers
        readers = (*readers[:thread], reader, *readers[thread + 1 :])
        return self.with_worker(Worker(*worker[:-2], readers, worker.writers))

    def with_writer(self, writer: Writer) -> "Turn":
        worker, thread = self.worker, self.thread
        writers = worker.writers
        writers = (*writers[:thread], writer, *writers[thread + 1 :])
        return self.with_worker(Worker(*worker[:-1], writers))

    def tripped(self) -> "Turn":
        return self.with_worker(self.world.trip(self.worker))

    def step(self, text: str, wrong: str = "") -> Step[State]:
        return Step(text, self.state, wrong)
