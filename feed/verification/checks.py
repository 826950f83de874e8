"""All checks, in the order in which an operator would ask."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from django.db import Error as DatabaseFault
from redis import RedisError

from feed.errors import CheckFailedError, CheckSkippedError, SiteUnreachableError
from feed.verification import health_endpoints, outage, reads, writes
from feed.verification.deployment import Deployment, redis_state
from feed.verification.http_client import NO_RESPONSE
from feed.verification.temporary_author import TemporaryAuthor, temporary_author

# A name for the operator, and a function that raises if the check fails.
Check = tuple[str, Callable[[], None]]


class Result(StrEnum):
    """What became of a check."""

    PASS = "PASS"  # noqa: S105 -- not a password
    FAIL = "FAIL"
    SKIP = "SKIP"


@dataclass(frozen=True, slots=True)
class Row:
    """The result of one check. `detail` says how it failed, or why it was skipped."""

    result: Result
    name: str
    detail: str = ""


def verify(url: str) -> Generator[Row]:
    """Run the checks one by one. Close the iterator, else the temporary account stays.

    Raises:
        SiteUnreachableError: Nothing answers at `url`.
        django.db.Error: The database does not answer to this process.
        AccountNotDeletedError: The database stopped answering before the account was deleted.
    """
    deployment = Deployment(url=url, redis=redis_state())
    try:
        deployment.request("GET", "/health/live")
    except NO_RESPONSE as error:
        raise SiteUnreachableError(str(error)) from error
    answers = _run("the feed answers", partial(health_endpoints.answers, deployment))
    yield answers
    if answers.result is Result.PASS:
        yield from (_run(*check) for check in _checks_of_reading(deployment))
        with temporary_author(deployment) as author:
            yield from (_run(*check) for check in _checks_of_writing(author))
        with outage.worker_without_redis() as worker:
            yield _run("without Redis, a worker serves from memory", worker.falls_back)
            yield _run("with Redis back, its probe heals it", partial(worker.heals, deployment))


def _checks_of_reading(deployment: Deployment) -> Iterator[Check]:
    yield "/health/live", partial(health_endpoints.live, deployment)
    yield "/health/ready", partial(health_endpoints.ready, deployment)
    yield "Redis answers here", partial(health_endpoints.redis_answers, deployment)
    yield (
        "/health/cache is right",
        partial(health_endpoints.cache_status, deployment),
    )
    yield "its counters rise by what is done here", partial(health_endpoints.counters, deployment)
    yield "a hit follows a miss", partial(reads.hit_after_miss, deployment)
    yield "a page's key: generation and TTL", partial(reads.key_and_ttl, deployment)
    yield "304 for what has not changed", partial(reads.not_modified, deployment)
    yield "400 for bad input, as a problem", partial(reads.bad_input, deployment)


def _checks_of_writing(author: TemporaryAuthor) -> Iterator[Check]:
    api = writes.APIWrites(author)
    yield "a token for a password", author.sign_in
    for write in api.edits():
        yield write.promise, partial(writes.check_api_write, author, write)
    yield "edits keep what was there before", api.keeps_versions
    yield "a like and a comment are counted", api.count_up
    yield "both deleted are no longer counted", api.count_down
    write = api.delete()
    yield write.promise, partial(writes.check_api_write, author, write)
    for write in writes.model_writes(author):
        yield write.promise, partial(writes.check_model_write, author, write)


def _run(name: str, check: Callable[[], None]) -> Row:
    try:
        check()
    except CheckSkippedError as reason:
        return Row(Result.SKIP, name, str(reason))
    except CheckFailedError as failure:
        return Row(Result.FAIL, name, str(failure))
    except (*NO_RESPONSE, RedisError, DatabaseFault) as error:
        return Row(Result.FAIL, name, f"{type(error).__name__}: {error}")
    except Exception as error:  # noqa: BLE001 -- any error in a check is the result of the check
        return Row(Result.FAIL, name, f"unexpected response: {error!r}")
    return Row(Result.PASS, name)
