"""A read up to its load: the generation, the page in memory, waiting, serving.

With `tests.proofs.model.loading` this is `FreshCache.read`, split into steps between which other
workers may act.
"""

from collections.abc import Iterator

from freshcache.policy import Freshness
from tests.proofs.model.explorer import Step
from tests.proofs.model.promises import needs, wrong_page
from tests.proofs.model.state import IDLE, NO_ANSWER, NO_PAGE, Known, Page, Reader, State
from tests.proofs.model.world import Turn

Steps = Iterator[Step[State]]

IN_FLIGHT = frozenset({"get", "lease", "again", "load", "late", "fill", "follow"})


def begin(turn: Turn) -> Steps:
    for signed_in in turn.world.config.signed_in:
        need, reason = needs(turn.world, turn.state, turn.worker, signed_in=signed_in)
        begun = turn.with_reader(Reader(signed_in=signed_in, need=need))
        start = "a signed-in reader begins" if signed_in else "begins to read"
        yield look(begun, f"{start}{reason}", ask=signed_in)


def look(turn: Turn, text: str, *, ask: bool) -> Step[State]:
    """Use a generation that is trusted, or the local one without Redis; else ask Redis."""
    worker, world = turn.worker, turn.world
    if world.rules.invalidate_by != "generation":
        return _hold(turn, Known(generation=1, shared=True), text)
    if worker.breaker != "closed":
        local = Known(worker.local_generation, worker.local_counts)
        return _hold(
            turn,
            local,
            f"{text}, uses the local generation {local.generation}",
        )
    if not ask and worker.known.generation:
        text = f"{text}, trusts generation {worker.known.generation}"
        return _hold(turn, worker.known, text)
    reader = turn.reader._replace(at="asked", known=Known(shared=True), answer=NO_ANSWER)
    asking = turn.with_reader(reader)
    if worker.connected and (world.config.prompt or not world.config.time_passes):
        # A question on its way changes nothing but its age.
        return _executed(asking, f"{text}, asks Redis for the generation")
    return step(asking, f"{text}, asks Redis for the generation")


def _executed(turn: Turn, text: str) -> Step[State]:
    state, answer = turn.world.script(turn.state, turn.worker)
    answered = turn._replace(state=state)
    answered = answered.with_reader(turn.reader._replace(at="answered", answer=answer))
    return step(answered, f"{text}, Redis answers {answer.generation}")


def question_arrives(turn: Turn) -> Steps:
    if turn.worker.connected:
        yield _executed(turn, "the question arrives")
    for failed in failures(turn):
        yield look(failed.tripped(), "the question fails, so the breaker opens", ask=False)


def answer_arrives(turn: Turn) -> Steps:
    reader, answer = turn.reader, turn.reader.answer
    if turn.worker.connected:
        worker = turn.world.receive(turn.worker, answer, reader.known.asked)
        if worker is None:
            yield look(turn, "the answer is older than what is known", ask=True)
        else:
            known = worker.known
            if not known.generation:
                known = reader.known._replace(generation=answer.generation, counts=answer.counts)
                known = known._replace(executed=answer.executed)
            text = f"the answer arrives, generation {known.generation}"
            yield _hold(turn.with_worker(worker), known, text)
    for failed in failures(turn):
        yield look(failed.tripped(), "the answer is lost, so the breaker opens", ask=False)


def _hold(turn: Turn, known: Known, text: str) -> Step[State]:
    """Compare the page in memory with the generation."""
    turn = turn.with_reader(turn.reader._replace(known=known, answer=NO_ANSWER))
    page = turn.worker.memory
    verdict = turn.world.judge(page, known)
    if verdict is Freshness.FRESH:
        return serve(turn, page, f"{text}, finds a page of it in memory")
    if turn.reader.lease == "not needed":
        return step(
            turn.with_reader(turn.reader._replace(at="load")), f"{text}, loads without the lease"
        )
    stale = page if verdict is Freshness.STALE else NO_PAGE
    if not _is_in_flight(turn):
        at = "get" if known.shared else "load"
        loading = turn.with_reader(turn.reader._replace(at=at, stale=stale))
        if not turn.world.rules.waiters_look_again:
            loading = loading.with_worker(loading.worker._replace(flight_result=NO_PAGE))
        return step(loading, f"{text}, " + ("renews its page" if stale != NO_PAGE else "has none"))
    if stale != NO_PAGE:
        return serve(turn, page, f"{text}, finds its page being renewed")
    return step(
        turn.with_reader(turn.reader._replace(at="wait")),
        f"{text}, waits for the thread that loads it",
    )


def _is_in_flight(turn: Turn) -> bool:
    """Return whether another thread of the process is renewing the page."""
    readers = turn.worker.readers
    return any(other.at in IN_FLIGHT and other.lease != "not needed" for other in readers)


def wait(turn: Turn) -> Steps:
    if not _is_in_flight(turn):
        if turn.worker.flight_result == NO_PAGE:
            yield look(turn, "that thread has ended, looks again", ask=_must_ask(turn.reader))
        else:
            yield serve(turn, turn.worker.flight_result, "takes the page of that thread")
    elif turn.may("wait timeout"):
        yield time_out(turn)


def time_out(turn: Turn) -> Step[State]:
    reader = turn.reader._replace(lease="not needed", stale=NO_PAGE)
    waited = turn.use_fault().with_reader(reader)
    return look(waited, "has waited long enough", ask=_must_ask(turn.reader))


def _must_ask(reader: Reader) -> bool:
    """Return whether the reader is signed in and Redis has not been asked for it."""
    return reader.signed_in and not reader.known.shared


def retry(turn: Turn, text: str, *, ask: bool = False) -> Step[State]:
    """End the single flight and begin again."""
    reader = turn.reader._replace(at="idle", lease="none", stale=NO_PAGE)
    return look(turn.with_reader(reader), text, ask=ask)


def serve(turn: Turn, page: Page, text: str) -> Step[State]:
    wrong = wrong_page(turn.reader, page)
    served = turn.with_reader(IDLE)
    if not turn.world.rules.waiters_look_again and turn.reader.at in IN_FLIGHT:
        served = served.with_worker(served.worker._replace(flight_result=page))
    shows = "uncommitted data" if page.change < 0 else f"change {page.change}"
    if turn.state.likes:
        shows = f"{shows}, like {page.like}"
    return step(served, f"{text}; SERVES {shows}", wrong)


def failures(turn: Turn) -> Iterator[Turn]:
    """A call may fail: because the worker is cut off, or just once."""
    if not turn.worker.connected:
        yield turn
    elif turn.may_lose_a_call:
        yield turn.use_fault()


def step(turn: Turn, text: str, wrong: str = "") -> Step[State]:
    name = "" if len(turn.worker.readers) == 1 else f" {turn.thread + 1}"
    return turn.step(f"worker {turn.place + 1}, reader{name}: {text}", wrong)
