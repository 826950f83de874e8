"""Faults of Redis and of workers."""

from collections.abc import Iterator

from tests.proofs.model.explorer import Step
from tests.proofs.model.state import NO_PAGE, Past, Reader, Redis, State, Worker, Writer
from tests.proofs.model.world import Turn, World

Steps = Iterator[Step[State]]


def happen(world: World, state: State) -> Steps:
    """Yield every fault, and every end of a fault, that may happen now."""
    for place, worker in enumerate(state.workers):
        turn = Turn(world, state, place, 0)
        if not worker.connected:
            back = turn.with_worker(worker._replace(connected=True))
            yield back.step(f"worker {place + 1} reaches Redis again")
        elif turn.may("outage") and turn.faulty:
            away = turn.use_fault().with_worker(worker._replace(connected=False))
            yield away.step(f"FAULT: worker {place + 1} is cut off from Redis")
        if turn.may("kill"):
            killed = turn.use_fault().with_worker(_restarted(worker))
            yield killed.step(f"FAULT: worker {place + 1} is killed and restarted")
    if state.faults:
        yield from _to_redis(Turn(world, state, 0, 0))


def _restarted(worker: Worker) -> Worker:
    """Return a new process without memory. A write that had begun is committed or not."""
    readers = tuple(Reader() for _ in worker.readers)
    begun = [writer.todo if writer.at == "idle" else writer.todo[1:] for writer in worker.writers]
    writers = tuple(Writer(todo=todo) for todo in begun)
    return Worker(connected=worker.connected, readers=readers, writers=writers)


def _to_redis(turn: Turn) -> Steps:
    state, redis, replica = turn.state, turn.state.redis, turn.state.replica
    spent = turn.use_fault()
    if turn.may("flush") and redis != Redis(change=redis.change, like=redis.like):
        yield _lost(spent, Redis(change=redis.change, like=redis.like), "is flushed")
    if turn.may("evict generation") and redis.generation:
        yield _lost(spent, redis._replace(generation=0), "evicts the generation")
    if turn.may("evict counts") and redis.counts:
        yield _lost(spent, redis._replace(counts=0), "evicts the counts")
    if turn.may("evict page") and redis.page != NO_PAGE:
        yield _lost(spent, redis._replace(page=NO_PAGE, filled=NO_PAGE), "evicts the page")
    if turn.may("end lease"):
        for lease in redis.leases:
            leases = tuple(other for other in redis.leases if other != lease)
            lost = _lost(spent, redis._replace(leases=leases), "ends a lease")
            yield lost._replace(state=_losing(lost.state, lease))
    if turn.may("failover"):
        if not replica:
            yield Step("FAULT: a replica of Redis falls behind", state._replace(replica=(redis,)))
        elif replica != (redis,):
            yield _fail_over(spent)


def _lost(turn: Turn, redis: Redis, text: str) -> Step[State]:
    lost = turn.with_redis(redis)
    if not redis.leases:
        for lease in turn.state.redis.leases:
            lost = lost._replace(state=_losing(lost.state, lease))
    return lost.step(f"FAULT: Redis {text}")


def _losing(state: State, lease: int) -> State:
    """The reader that holds this lease has lost it, and does not know."""
    workers = []
    for worker in state.workers:
        readers = tuple(
            reader._replace(lease="lost")
            if reader.lease == "held" and lease in {reader.known.generation, 0}
            else reader
            for reader in worker.readers
        )
        workers.append(worker._replace(readers=readers))
    return state._replace(workers=tuple(workers))


def _fail_over(turn: Turn) -> Step[State]:
    """Fail over to the replica. Announcements that it lacks are lost."""
    (redis,) = turn.state.replica
    lost = _lost(turn, redis._replace(leases=(), filled=NO_PAGE), "fails over to the replica")
    changes = _mark_lost(lost.state.changes, redis.change)
    likes = _mark_lost(lost.state.likes, redis.like)
    return lost._replace(state=lost.state._replace(changes=changes, likes=likes, replica=()))


def _mark_lost(pasts: tuple[Past, ...], known: int) -> tuple[Past, ...]:
    return (*pasts[:known], *(past._replace(announced=-1) for past in pasts[known:]))
