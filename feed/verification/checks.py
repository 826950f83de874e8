"""All that is verified, in the order in which an operator would ask."""

import http.client
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from django.db import Error as DatabaseFault
from redis import RedisError

from feed.verification import health_endpoints, outage, reads, writes
from feed.verification.author import Author, temporary_author
from feed.verification.site import Failed, Site, Skipped, look_at_redis

Check = tuple[str, Callable[[], None]]


class Result(StrEnum):
    PASS = "PASS"  # noqa: S105 -- a verdict
    FAIL = "FAIL"
    SKIP = "SKIP"


@dataclass(frozen=True, slots=True)
class Row:
    """`detail`: how it fails, or why it was skipped."""

    result: Result
    name: str
    detail: str = ""


class Unreachable(Exception):  # noqa: N818 -- what is the case
    """Nothing answers HTTP there."""


def verify(url: str) -> Generator[Row]:
    """Verify, one by one. Close the iterator, or the temporary account stays.

    Raise `Unreachable` if nothing answers at `url`, `django.db.Error` if the database does not
    answer here, `LeftBehind` if it went away with the account in it.
    """
    site = Site(url=url, redis=look_at_redis())
    try:
        site.request("GET", "/health/live")
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(str(error)) from error
    answers = _run("the feed answers", partial(health_endpoints.answers, site))
    yield answers
    if answers.result is Result.PASS:
        yield from (_run(*check) for check in _of_reading(site))
        with temporary_author(site) as author:
            yield from (_run(*check) for check in _of_writing(author))
        with outage.worker_without_redis() as worker:
            yield _run("without Redis, a worker serves from memory", worker.falls_back)
            yield _run("with Redis back, its probe heals it", partial(worker.heals, site))


def _of_reading(site: Site) -> Iterator[Check]:
    yield "/health/live", partial(health_endpoints.live, site)
    yield "/health/ready", partial(health_endpoints.ready, site)
    yield "Redis answers here", partial(health_endpoints.redis_answers, site)
    yield "/health/cache tells the truth", partial(health_endpoints.cache_tells_the_truth, site)
    yield "its counters move by what is done", partial(health_endpoints.counters_move, site)
    yield "a hit follows a miss", partial(reads.hit_after_miss, site)
    yield "a page's key: generation and TTL", partial(reads.key_and_ttl, site)
    yield "304 for what has not changed", partial(reads.not_modified, site)
    yield "400 for bad input, as a problem", partial(reads.bad_input, site)


def _of_writing(author: Author) -> Iterator[Check]:
    api = writes.ByAPI(author)
    yield "a token for a password", author.sign_in
    for write in api.edits():
        yield write.promise, partial(writes.make_by_api, author, write)
    yield "a like and a comment, counted", api.count_up
    yield "both taken back, counted", api.count_down
    write = api.delete()
    yield write.promise, partial(writes.make_by_api, author, write)
    for write in writes.by_models(author):
        yield write.promise, partial(writes.make_by_model, author, write)


def _run(name: str, check: Callable[[], None]) -> Row:
    try:
        check()
    except Skipped as reason:
        return Row(Result.SKIP, name, str(reason))
    except Failed as failure:
        return Row(Result.FAIL, name, str(failure))
    except (OSError, http.client.HTTPException, RedisError, DatabaseFault) as error:
        return Row(Result.FAIL, name, f"{type(error).__name__}: {error}")
    except Exception as error:  # noqa: BLE001 -- whatever goes wrong in a check is its result
        return Row(Result.FAIL, name, f"an answer that makes no sense: {error!r}")
    return Row(Result.PASS, name)
