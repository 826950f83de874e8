"""The model: the protocol of the cache under given rules, over all interleavings."""

from collections.abc import Iterator
from typing import cast

from tests.proofs.model import ageing, faults, readers, writers
from tests.proofs.model.explorer import Parts, Step
from tests.proofs.model.rules import Configuration, Rules
from tests.proofs.model.state import IDLE, Past, Redis, State, Worker, Writer
from tests.proofs.model.world import Turn, World

Pasts = tuple[Past, ...]


class Protocol:
    """The model for `explore`. It starts with new workers and an empty Redis."""

    def __init__(self, config: Configuration, rules: Rules) -> None:
        self.world = World(config, rules)

    def initial(self) -> State:
        config = self.world.config
        workers = tuple(
            Worker(
                readers=(IDLE,) * reading,
                writers=tuple(Writer(todo=program) for program in programs),
            )
            for reading, programs in config.workers
        )
        return State(Redis(), (), (), (), 0, config.max_faults, workers)

    def steps(self, state: State) -> Iterator[Step[State]]:
        for place, worker in enumerate(state.workers):
            for thread in range(len(worker.writers)):
                yield from writers.write(Turn(self.world, state, place, thread))
            for thread in range(len(worker.readers)):
                yield from readers.read(Turn(self.world, state, place, thread))
            if worker.breaker != "closed":
                yield from writers.probe(Turn(self.world, state, place, 0))
        yield from faults.happen(self.world, state)
        if self.world.config.time_passes:
            yield from ageing.tick(self.world.config, state)

    def parts(self, state: State) -> Parts:
        """Equal threads of one worker are interchangeable, and so are equal workers."""
        workers = sorted(_sorted(worker) for worker in state.workers)
        redis = state.redis._replace(leases=_leases(state)) if state.redis.leases else state.redis
        past = (state.changes, state.likes, state.clock, state.faults)
        return (redis, state.replica, past, *workers)

    def whole(self, parts: Parts) -> State:
        redis, replica, past, *workers = parts
        changes, likes, clock, left = cast("tuple[Pasts, Pasts, int, int]", past)
        return State(
            redis=cast("Redis", redis),
            replica=cast("tuple[Redis, ...]", replica),
            changes=changes,
            likes=likes,
            clock=clock,
            faults=left,
            workers=cast("tuple[Worker, ...]", tuple(workers)),
        )


def _leases(state: State) -> tuple[int, ...]:
    """Return the leases that a reader may still meet. Others make no difference."""
    met = {state.redis.generation, 0}
    for worker in state.workers:
        met.update(reader.known.generation for reader in worker.readers)
    return tuple(lease for lease in state.redis.leases if lease in met)


def _sorted(worker: Worker) -> Worker:
    if len(worker.readers) < 2 and len(worker.writers) < 2:
        return worker
    readers, writers = tuple(sorted(worker.readers)), tuple(sorted(worker.writers))
    return Worker(*worker[:-2], readers, writers)
