"""A write in progress, and the probe of a worker whose bump was lost."""

from collections.abc import Iterator

from tests.proofs.model.explorer import Step
from tests.proofs.model.state import NO_ANSWER, NO_PAGE, UNCOMMITTED, Page, Past, State, Worker
from tests.proofs.model.world import Turn, mark_announced

Steps = Iterator[Step[State]]


def write(turn: Turn) -> Steps:
    """Yield every step that this writer may take now."""
    return _STEPS[turn.writer.at](turn)


def _idle(turn: Turn) -> Steps:
    if not turn.writer.todo:
        return
    if turn.world.config.transactions:
        yield _to(turn, "writing", "writes, inside a transaction")
    elif turn.world.rules.announce_after_commit:
        yield _committed(turn, "announcing")
    else:
        yield _to(turn, "announcing", "saves")


def _writing(turn: Turn) -> Steps:
    if not turn.world.rules.transaction_stores_nothing and turn.worker.connected:
        redis = turn.state.redis
        page = Page(redis.generation, redis.counts, UNCOMMITTED, len(turn.state.likes))
        reading = turn.with_redis(redis._replace(page=page))
        yield _to(reading, "writing", "reads the feed inside its transaction, and stores the page")
    if turn.writer.todo[0] == "rolled back":
        yield _next(turn, "rolls back")
    elif turn.world.rules.announce_after_commit:
        yield _committed(turn, "announcing")
    else:
        yield _to(turn, "announcing", "saves")


def _committed(turn: Turn, at: str) -> Step[State]:
    state = turn.state
    if turn.writer.todo[0] in {"post", "unannounced"}:
        number = len(state.changes) + 1
        turn = turn._replace(state=state._replace(changes=(*state.changes, Past())))
        if turn.writer.todo[0] == "unannounced":
            return _next(turn, f"commits change {number}, which is not announced")
        turn = turn.with_writer(turn.writer._replace(change=number))
        return _to(turn, at, f"commits change {number}")
    number = len(state.likes) + 1
    turn = turn._replace(state=state._replace(likes=(*state.likes, Past())))
    return _to(turn, at, f"commits like {number}")


def _announcing(turn: Turn) -> Steps:
    worker = turn.worker
    if turn.writer.todo[0] == "like":
        turn = turn.with_worker(worker._replace(local_counts=worker.local_counts + 1))
    elif turn.world.rules.local_writes:
        turn = turn.with_worker(worker._replace(local_generation=worker.local_generation - 1))
    if worker.breaker == "closed":
        sent = turn.with_writer(turn.writer._replace(asked=0))
        yield _to(sent, "sent", "sends the invalidation")
    elif turn.world.rules.lost_at_once:
        marked = turn.with_worker(turn.worker._replace(lost=True))
        yield _returned(marked, "finds the breaker open: the probe will announce the change")
    else:
        yield _to(turn, "breaker open", "finds the breaker open")


def _breaker_found_open(turn: Turn) -> Steps:
    """Only if checking the breaker and noting the lost write are two steps: note it."""
    marked = turn.with_worker(turn.worker._replace(lost=True))
    yield _returned(marked, "notes the write for the probe")


def _sent(turn: Turn) -> Steps:
    if turn.worker.connected:
        yield _executed(turn)
    yield from _failures(turn, "the invalidation fails")


def _executed(turn: Turn) -> Step[State]:
    rules, kind = turn.world.rules, turn.writer.todo[0]
    if rules.invalidate_by == "generation":
        state, answer = turn.world.script(turn.state, turn.worker, kind)
        bumped = turn._replace(state=state)
        bumped = bumped.with_writer(bumped.writer._replace(answer=answer))
        number = answer.generation if kind == "post" else answer.counts
        return _to(bumped, "answered", f"Redis begins {kind} generation {number}")
    redis = turn.state.redis
    if rules.invalidate_by == "delete twice" and turn.writer.at == "sent":
        deleted = turn.with_redis(redis._replace(page=NO_PAGE))
        return _to(deleted, "deleting again", "Redis deletes the page")
    state = mark_announced(turn.state, changes=True)
    turn = turn._replace(state=state).with_redis(state.redis._replace(page=NO_PAGE))
    return _returned(turn, "Redis deletes the page")


def _deleting_again(turn: Turn) -> Steps:
    if turn.worker.connected:
        yield _executed(turn)


def _answered(turn: Turn) -> Steps:
    writer, worker = turn.writer, turn.worker
    if worker.connected:
        learnt = turn.world.receive(worker, writer.answer, writer.asked)
        knowing = turn.with_worker(learnt or worker)
        yield _returned(knowing, "learns that the invalidation is done")
    yield from _failures(turn, "loses the answer to its invalidation")


def _failures(turn: Turn, text: str) -> Steps:
    if turn.worker.connected:
        if not turn.may_lose_a_call:
            return
        turn = turn.use_fault()
    if turn.world.rules.lost_opens:
        yield _returned(turn.tripped(), f"{text}, so the breaker opens")
    else:
        yield _returned(turn, f"{text}, which is ignored")


def _returned(turn: Turn, text: str) -> Step[State]:
    """The write is done. From here on its own worker must show it."""
    if not turn.world.rules.announce_after_commit and not turn.writer.change:
        return _to(turn, "saved", text)
    return _next(turn, text)


def _saved(turn: Turn) -> Steps:
    """Only if the announcement comes first: commit, and count it as announced."""
    step = _committed(turn, "saved")
    done = turn._replace(state=mark_announced(step.state, changes=True))
    yield _next(done, step.description.partition(": ")[2])


def _next(turn: Turn, text: str) -> Step[State]:
    writer, worker = turn.writer, turn.worker
    shown = max(worker.shown, writer.change)
    turn = turn.with_worker(worker._replace(shown=shown))
    writer = writer._replace(todo=writer.todo[1:], change=0, asked=0, answer=NO_ANSWER)
    return _to(turn.with_writer(writer), "idle", text)


def _to(turn: Turn, at: str, text: str) -> Step[State]:
    turn = turn.with_writer(turn.writer._replace(at=at))
    return turn.step(f"worker {turn.place + 1}, writer: {text}")


_STEPS = {
    "idle": _idle,
    "writing": _writing,
    "announcing": _announcing,
    "breaker open": _breaker_found_open,
    "sent": _sent,
    "deleting again": _deleting_again,
    "answered": _answered,
    "saved": _saved,
}


def probe(turn: Turn) -> Steps:
    """Yield every step of the probing thread of a worker whose breaker is not closed."""
    return _PROBE[turn.worker.breaker](turn)


def _open(turn: Turn) -> Steps:
    sending = turn.with_worker(_sending(turn.worker))
    if turn.world.config.time_passes:
        yield sending.step(f"worker {turn.place + 1}: the breaker is half-open, the probe is sent")
    else:
        yield from _probing(sending)


def _sending(worker: Worker) -> Worker:
    return worker._replace(breaker="probing", lost=False, probe_asked=0, probe_answer=NO_ANSWER)


def _probing(turn: Turn) -> Steps:
    if turn.worker.connected:
        if turn.world.rules.probe_bumps:
            state, answer = turn.world.script(turn.state, turn.worker, "post")
            text = f"Redis begins generation {answer.generation} for the probe"
        else:
            state, answer = turn.world.script(turn.state, turn.worker)
            answer = answer._replace(change=len(state.changes))
            text = "Redis answers the ping of the probe"
        worker = turn.worker._replace(breaker="probed", probe_answer=answer)
        yield _probe(turn._replace(state=state), worker, text)
    yield from _probe_fails(turn)


def _probed(turn: Turn) -> Steps:
    worker = turn.worker
    if worker.connected:
        learnt = turn.world.receive(worker, worker.probe_answer, worker.probe_asked) or worker
        if turn.world.rules.local_numbers == "from closing":
            learnt = learnt._replace(local_generation=learnt.local_generation - 1)
        yield _probe(turn, learnt._replace(breaker="closing"), "the probe has its answer")
    yield from _probe_fails(turn)


def _probe_fails(turn: Turn) -> Steps:
    if turn.worker.connected:
        if not turn.may_lose_a_call:
            return
        turn = turn.use_fault()
    worker = turn.worker._replace(breaker="open", probe_asked=0, probe_answer=NO_ANSWER)
    yield _probe(turn, worker, "the probe fails")


def _closing(turn: Turn) -> Steps:
    worker = turn.worker
    if worker.lost and turn.world.rules.lost_while_probing:
        yield _probe(turn, _sending(worker), "a write was lost meanwhile, the probe is sent again")
        return
    shown = max(worker.shown, worker.probe_answer.change)
    closed = worker._replace(breaker="closed", lost=False, shown=shown)
    closed = closed._replace(probe_asked=0, probe_answer=NO_ANSWER)
    yield _probe(turn, closed, "the breaker closes")


def _probe(turn: Turn, worker: Worker, text: str) -> Step[State]:
    return turn.with_worker(worker).step(f"worker {turn.place + 1}: {text}")


_PROBE = {
    "open": _open,
    "probing": _probing,
    "probed": _probed,
    "closing": _closing,
}
