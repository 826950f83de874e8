"""A read up to where it has to load: the generation, the page in memory, waiting, serving.

With `tests.proofs.model.loading`, what `FreshCache.read` does between two moments at which another
worker may act.
"""

from collections.abc import Iterator

from freshcache.policy import Freshness
from tests.proofs.model.explorer import Step
from tests.proofs.model.promises import needs, wrong_page
from tests.proofs.model.state import IDLE, NO_ANSWER, NO_PAGE, Known, Page, Reader, State
from tests.proofs.model.world import Turn

Steps = Iterator[Step[State]]

FLYING = frozenset({"get", "lease", "again", "load", "late", "fill", "follow"})


def begin(turn: Turn) -> Steps:
    for signed_in in turn.world.config.signed_in:
        need, reason = needs(turn.world, turn.state, turn.worker, signed_in=signed_in)
        begun = turn.with_reader(Reader(signed_in=signed_in, need=need))
        who = "a signed-in reader begins" if signed_in else "begins to read"
        yield look(begun, f"{who}{reason}", ask=signed_in)


def look(turn: Turn, what: str, *, ask: bool) -> Step[State]:
    """By a generation that is trusted or the process's own; or else ask."""
    worker, world = turn.worker, turn.world
    if world.rules.invalidate_by != "generation":
        return _hold(turn, Known(generation=1, shared=True), what)
    if worker.breaker != "closed":
        own = Known(worker.own, worker.own_counts)
        return _hold(turn, own, f"{what}, goes by its process's own generation {own.generation}")
    if not ask and worker.known.generation:
        what = f"{what}, trusts generation {worker.known.generation}"
        return _hold(turn, worker.known, what)
    reader = turn.reader._replace(at="asked", known=Known(shared=True), answer=NO_ANSWER)
    asking = turn.with_reader(reader)
    if worker.connected and (world.config.prompt or not world.config.time_passes):
        # That a question is on its way changes nothing but its age.
        return _executed(asking, f"{what}, asks Redis for the generation")
    return step(asking, f"{what}, asks Redis for the generation")


def _executed(turn: Turn, what: str) -> Step[State]:
    state, answer = turn.world.script(turn.state, turn.worker)
    answered = turn._replace(state=state)
    answered = answered.with_reader(turn.reader._replace(at="answered", answer=answer))
    return step(answered, f"{what}, Redis answers {answer.generation}")


def ask(turn: Turn) -> Steps:
    if turn.worker.connected:
        yield _executed(turn, "the question arrives")
    for failed in failures(turn):
        yield look(failed.tripped(), "the question fails, so the breaker opens", ask=False)


def hear(turn: Turn) -> Steps:
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
            what = f"the answer arrives, generation {known.generation}"
            yield _hold(turn.with_worker(worker), known, what)
    for failed in failures(turn):
        yield look(failed.tripped(), "the answer is lost, so the breaker opens", ask=False)


def _hold(turn: Turn, known: Known, what: str) -> Step[State]:
    """Hold the page in memory against the generation."""
    turn = turn.with_reader(turn.reader._replace(known=known, answer=NO_ANSWER))
    page = turn.worker.memory
    verdict = turn.world.judge(page, known)
    if verdict is Freshness.FRESH:
        return serve(turn, page, f"{what}, finds a page of it in memory")
    if turn.reader.lease == "unasked":
        return step(turn.with_reader(turn.reader._replace(at="load")), f"{what}, loads unasked")
    stale = page if verdict is Freshness.STALE else NO_PAGE
    if not _flight(turn):
        at = "get" if known.shared else "load"
        flying = turn.with_reader(turn.reader._replace(at=at, stale=stale))
        if not turn.world.rules.waiters_look_again:
            flying = flying.with_worker(flying.worker._replace(landed=NO_PAGE))
        return step(flying, f"{what}, " + ("renews its page" if stale != NO_PAGE else "has none"))
    if stale != NO_PAGE:
        return serve(turn, page, f"{what}, finds its page being renewed")
    return step(turn.with_reader(turn.reader._replace(at="wait")), f"{what}, waits for a flight")


def _flight(turn: Turn) -> bool:
    """Whether another thread of the process is renewing the page."""
    readers = turn.worker.readers
    return any(other.at in FLYING and other.lease != "unasked" for other in readers)


def wait(turn: Turn) -> Steps:
    if not _flight(turn):
        if turn.worker.landed == NO_PAGE:
            yield look(turn, "the flight has landed, looks again", ask=_unasked(turn.reader))
        else:
            yield serve(turn, turn.worker.landed, "takes what the flight brought")
    elif turn.may("impatience"):
        yield lose_patience(turn)


def lose_patience(turn: Turn) -> Step[State]:
    reader = turn.reader._replace(lease="unasked", stale=NO_PAGE)
    waited = turn.spend().with_reader(reader)
    return look(waited, "has waited long enough", ask=_unasked(turn.reader))


def _unasked(reader: Reader) -> bool:
    """Whether it is signed in, and Redis has not been asked on its behalf."""
    return reader.signed_in and not reader.known.shared


def retry(turn: Turn, what: str, *, ask: bool = False) -> Step[State]:
    """Land, and look again at everything."""
    reader = turn.reader._replace(at="idle", lease="none", stale=NO_PAGE)
    return look(turn.with_reader(reader), what, ask=ask)


def serve(turn: Turn, page: Page, what: str) -> Step[State]:
    wrong = wrong_page(turn.reader, page)
    served = turn.with_reader(IDLE)
    if not turn.world.rules.waiters_look_again and turn.reader.at in FLYING:
        served = served.with_worker(served.worker._replace(landed=page))
    shows = "what nobody has committed" if page.change < 0 else f"change {page.change}"
    if turn.state.likes:
        shows = f"{shows}, like {page.like}"
    return step(served, f"{what}; SERVES {shows}", wrong)


def failures(turn: Turn) -> Iterator[Turn]:
    """A call may fail: because the worker is cut off, or just once."""
    if not turn.worker.connected:
        yield turn
    elif turn.may_lose_a_call:
        yield turn.spend()


def step(turn: Turn, what: str, wrong: str = "") -> Step[State]:
    name = "" if len(turn.worker.readers) == 1 else f" {turn.thread + 1}"
    return turn.step(f"worker {turn.place + 1}, reader{name}: {what}", wrong)
