"""The passing of time: each age grows by one tick, up to a limit beyond which it has no effect."""

from collections.abc import Iterator

from tests.proofs.model.explorer import Step
from tests.proofs.model.rules import Configuration
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


def tick(config: Configuration, state: State) -> Iterator[Step[State]]:
    """Let one tick pass for all parts of the state."""
    ttl = config.ttl
    later = state._replace(
        redis=_redis(state.redis, ttl),
        replica=tuple(_redis(redis, ttl) for redis in state.replica),
        changes=tuple(_past(past, config) for past in state.changes),
        likes=tuple(_past(past, config) for past in state.likes),
        workers=tuple(_worker(worker, config) for worker in state.workers),
    )
    if later != state:
        yield Step("a tick passes", later)


def _worker(worker: Worker, config: Configuration) -> Worker:
    ttl, known = config.ttl, worker.known
    probing = worker.breaker in {"probing", "probed"}
    return worker._replace(
        known=_known(known, ttl) if known.asked < config.trust else NOTHING_KNOWN,
        memory=_page(worker.memory, ttl),
        probe_asked=_older(worker.probe_asked, ttl) if probing else 0,
        probe_answer=_answer(worker.probe_answer, ttl),
        readers=tuple(_reader(reader, ttl) for reader in worker.readers),
        writers=tuple(_writer(writer, ttl) for writer in worker.writers),
    )


def _redis(redis: Redis, ttl: int) -> Redis:
    # Redis also expires pages, but never before their age reaches the TTL.
    return redis._replace(page=_page(redis.page, ttl), filled=_page(redis.filled, ttl))


def _past(past: Past, config: Configuration) -> Past:
    announced = past.announced if past.announced < 0 else _older(past.announced, config.trust + 1)
    return Past(_older(past.committed, config.ttl), announced)


def _reader(reader: Reader, ttl: int) -> Reader:
    if reader.at == "idle":
        return reader
    return reader._replace(
        known=_known(reader.known, ttl),
        answer=_answer(reader.answer, ttl),
        stale=_page(reader.stale, ttl),
    )


def _writer(writer: Writer, ttl: int) -> Writer:
    if writer.at not in {"sent", "answered"}:
        return writer
    asked, answer = _older(writer.asked, ttl), _answer(writer.answer, ttl)
    return writer._replace(asked=asked, answer=answer)


def _known(known: Known, ttl: int) -> Known:
    if not known.generation and not known.shared:
        return known
    asked, executed = _older(known.asked, ttl), _older(known.executed, ttl)
    return known._replace(asked=asked, executed=executed)


def _answer(answer: Answer, ttl: int) -> Answer:
    if not answer.generation:
        return answer
    return answer._replace(executed=_older(answer.executed, ttl))


def _page(page: Page, ttl: int) -> Page:
    return page if page == NO_PAGE else page._replace(age=_older(page.age, ttl))


def _older(age: int, limit: int) -> int:
    return min(age + 1, limit)
