"""A read that must load: the page in Redis, the lease, the database, the fill."""

from collections.abc import Iterator

from freshcache.policy import Freshness
from tests.proofs.model.explorer import Step
from tests.proofs.model.lookup import failures, retry, serve, step, time_out
from tests.proofs.model.promises import needless_load
from tests.proofs.model.state import IDLE, NO_PAGE, NOTHING_KNOWN, Known, Page, State
from tests.proofs.model.world import Turn

Steps = Iterator[Step[State]]


def get(turn: Turn) -> Steps:
    if turn.worker.connected:
        page = turn.state.redis.page
        if page.generation > turn.reader.known.generation:
            yield retry(turn, "finds a page of a newer generation in Redis", ask=True)
        else:
            adopted, page = _adopt(turn)
            if page != NO_PAGE:
                yield serve(adopted, page, "finds a fresh page in Redis")
            else:
                leasing = adopted.with_reader(adopted.reader._replace(at="lease"))
                yield step(leasing, "finds no fresh page in Redis")
    for failed in failures(turn):
        yield retry(failed.tripped(), "the look into Redis fails, so the breaker opens")


def _adopt(turn: Turn) -> tuple[Turn, Page]:
    """Keep the page of Redis in memory; return it if it is fresh. Its age is counted by Redis's
    clock up to the answer, and by the worker's clock since the question."""
    known, page = turn.reader.known, turn.state.redis.page
    if page == NO_PAGE:
        return turn, NO_PAGE
    page = turn.world.seen_by(page, known)
    turn = turn.with_worker(turn.world.put(turn.worker, page))
    return turn, page if turn.world.judge(page, known) is Freshness.FRESH else NO_PAGE


def lease(turn: Turn) -> Steps:
    reader, redis = turn.reader, turn.state.redis
    number = reader.known.generation if turn.world.rules.lease_of_generation else 0
    taken = redis._replace(leases=tuple(sorted((*redis.leases, number))))
    if not turn.worker.connected:
        pass
    elif number in redis.leases:
        yield from _lease_taken(turn)
    elif turn.world.rules.second_look:
        looking = turn.with_redis(taken).with_reader(reader._replace(at="again", lease="held"))
        yield step(looking, "takes the lease")
    else:
        loading = turn.with_redis(taken).with_reader(reader._replace(lease="held"))
        yield _begin_load(loading, "takes the lease")
    for failed in failures(turn):
        yield retry(failed.tripped(), "the lease can't be asked for, so the breaker opens")
        if turn.worker.connected and number not in redis.leases:
            text = "takes the lease, the answer is lost, and the breaker opens"
            yield retry(failed.with_redis(taken).tripped(), text)


def _lease_taken(turn: Turn) -> Steps:
    reader = turn.reader
    if reader.stale != NO_PAGE:
        yield serve(turn, reader.stale, "finds the lease taken")
        return
    if turn.world.rules.lease_of_generation:
        yield retry(turn, "finds the lease taken, looks again")
    else:
        following = turn.with_reader(reader._replace(at="follow"))
        yield step(following, "finds the lease taken, waits for the page of its holder")
    if turn.may("wait timeout"):
        yield time_out(turn)


def follow(turn: Turn) -> Steps:
    """Only with leases without a generation: take the page that the holder has stored."""
    redis = turn.state.redis
    if redis.leases:
        return
    if redis.page == NO_PAGE:
        yield retry(turn, "the lease is free and there is no page, looks again")
    else:
        yield serve(turn, redis.page, "the lease is free, takes the page in Redis")


def again(turn: Turn) -> Steps:
    if turn.worker.connected:
        adopted, page = _adopt(turn)
        if page != NO_PAGE:
            yield serve(_released(adopted), page, "looks again, finds a fresh page in Redis")
        else:
            yield _begin_load(adopted, "looks again, finds no fresh page")
    for failed in failures(turn):
        yield retry(failed.tripped(), "the second look into Redis fails, so the breaker opens")


def _begin_load(turn: Turn, text: str) -> Step[State]:
    wrong = needless_load(turn)
    loading = turn.with_reader(turn.reader._replace(at="load"))
    return step(loading, f"{text}, goes to the database", wrong)


def _released(turn: Turn) -> Turn:
    """Release the lease if this reader still holds it."""
    reader, redis, rules = turn.reader, turn.state.redis, turn.world.rules
    if reader.lease == "held" or (reader.lease == "lost" and not rules.lease_token):
        number = reader.known.generation if rules.lease_of_generation else 0
        leases = tuple(other for other in redis.leases if other != number)
        return turn.with_redis(redis._replace(leases=leases))
    return turn


def load(turn: Turn) -> Steps:
    at = "fill" if turn.world.rules.generation_before_query else "late"
    changes, likes = len(turn.state.changes), len(turn.state.likes)
    loaded = Page(change=changes, like=likes)
    loading = turn.with_reader(turn.reader._replace(at=at, loaded=loaded))
    yield step(loading, f"reads change {changes}, like {likes} from the database")
    if turn.may("failed load"):
        failed = _released(turn.use_fault()).with_reader(IDLE)
        yield step(failed, "the database fails, and the reader releases the lease")
    if not turn.world.rules.primary_only and changes:
        lagging = loaded._replace(change=changes - 1)
        lagged = turn.with_reader(turn.reader._replace(at=at, loaded=lagging))
        yield step(lagged, f"reads change {changes - 1} from a database replica that lags")


def late(turn: Turn) -> Steps:
    """Only if the generation is read after the query: read it."""
    redis, known = turn.state.redis, turn.reader.known
    if known.shared:
        known = Known(redis.generation, redis.counts, shared=True)
    reader = turn.reader._replace(at="fill", known=known)
    yield step(turn.with_reader(reader), f"reads the generation, {known.generation}")


def fill(turn: Turn) -> Steps:
    reader, known = turn.reader, turn.reader.known
    page = reader.loaded._replace(generation=known.generation, counts=known.counts, age=known.asked)
    if not turn.world.rules.ttl_from_snapshot:
        page = page._replace(age=0)
    if not known.shared:
        keeping = turn.with_worker(turn.world.put(turn.worker, page))
        yield serve(keeping, page, "keeps the page in its process")
        return
    stored, fits = _stored(_released(turn), page)
    if turn.worker.connected and fits:
        keeping = stored.with_worker(turn.world.put(stored.worker, page))
        yield serve(keeping, page, f"stores the page for generation {page.generation}")
    elif turn.worker.connected:
        text = "may not store the page, for the generation has changed"
        if turn.worker.known.generation == page.generation:
            worker = turn.world.put(stored.worker, page)
            stored = stored.with_worker(worker._replace(known=NOTHING_KNOWN))
            text = f"{text}, and the worker trusts the old one no more"
        yield serve(stored, page, text)
    for failed in failures(turn):
        yield serve(failed.tripped(), page, "can't store the page, so the breaker opens")
        if turn.worker.connected and fits:
            unanswered, _ = _stored(_released(failed), page)
            text = "stores the page, the answer is lost, the breaker opens"
            yield serve(unanswered.tripped(), page, text)


def _stored(turn: Turn, page: Page) -> tuple[Turn, bool]:
    """Return the state with the page stored if its generation is current, and whether it is."""
    redis = turn.state.redis
    if turn.world.rules.compare_and_set and redis.generation != page.generation:
        return turn, False
    if turn.world.rules.ttl_from_snapshot:
        page = page._replace(age=turn.reader.known.executed)
    filled = page if page.generation >= redis.filled.generation else redis.filled
    return turn.with_redis(redis._replace(page=page, filled=filled)), True
