"""The checker on journals made by hand: each rule kept, and each rule broken."""

import math

import pytest

from tests.proofs.soak.checker import DOWN, Checker, Rule
from tests.proofs.soak.journal import (
    Journal,
    Read,
    RedisOutage,
    Register,
    Span,
    Version,
    View,
    Write,
)

WRITER, OTHER = 0, 1  # the worker that the writer uses, and another worker
OLD, NEW = frozenset({1}), frozenset({2})


def journal(*, answered: float = 10.0, uncertain: bool = False) -> Journal:
    """Post 1 becomes post 2, and gets a comment, between 9.9 s and `answered` (seconds)."""
    changed = Version(NEW, started=9.9, ended=answered, uncertain=uncertain)
    commented = Version(1, started=9.9, ended=answered, uncertain=uncertain)
    # Posts are marked with version numbers: version 1 is post 1.
    posts = [Version(frozenset()), Version(OLD, started=0, ended=1), changed]
    return Journal(
        registers=[
            Register("w0", "posts", WRITER, posts),
            Register("c1", "counts", WRITER, [Version(0), commented]),
        ],
        workers=2,
    )


def read(
    at: float,
    posts: frozenset[int] = OLD,
    count: int | None = None,
    *,
    worker: int = OTHER,
    personal: bool = False,
    served: str = "feed; hit; ttl=20",
    age: int = 0,
    page: str = "/",
) -> Read:
    """Return a read that began at this moment and took 10 ms."""
    view: View = (posts, count)
    return Read(at, at + 0.01, 200, worker, page, view, age, served, personal)


def rules(found: Journal) -> list[Rule]:
    return [violation.rule for violation in Checker(found).check()]


@pytest.mark.parametrize(
    ("late", "in_time"),
    [
        (read(10.11), read(10.09)),
        (read(10.01, worker=WRITER), read(9.99, worker=WRITER)),
        (read(10.01, personal=True), read(9.99, personal=True)),
        (read(11.51, NEW, count=0), read(11.49, NEW, count=0)),
        (read(11.51, NEW, count=0, worker=WRITER), read(11.49, NEW, count=0, worker=WRITER)),
    ],
    ids=["another worker", "the writing worker", "with a token", "counts", "counts there"],
)
def test_change_must_be_shown_in_time(late: Read, in_time: Read) -> None:
    written = journal()
    written.reads = [in_time]
    assert rules(written) == []
    written.reads = [late]
    assert rules(written) == ["late"]


def test_violation_names_reader_version_and_deadline() -> None:
    written = journal()
    written.reads = [read(10.11)]
    (violation,) = Checker(written).check()
    assert violation.details == (
        "worker 1, /, asked at 10.110 s: w0 (of worker 0) at version 1; version 2,"
        " answered at 10.000 s, was due at 10.100 s; feed; hit; ttl=20"
    )


@pytest.mark.parametrize(
    ("redis_outages", "due"),
    [
        ({}, 10.1),
        # An outage before or after the change excuses nothing.
        ({OTHER: [RedisOutage(1, 8, 9)]}, 10.1),
        ({OTHER: [RedisOutage(10.5, 20, 21)]}, 10.1),
        ({WRITER: [RedisOutage(1, 8, 9)]}, 10.1),
        ({WRITER: [RedisOutage(10.5, 20, 21)]}, 10.1),
        # The reader's worker has no Redis: 2 s, or until it asks Redis again.
        ({OTHER: [RedisOutage(9, 20, 21)]}, 12.0),
        ({OTHER: [RedisOutage(9, 10.9, 11)]}, 11.0),
        ({OTHER: [RedisOutage(9, 9.95, 11)]}, 11.1),
        # The writer's worker has none: until its own probe, or the TTL.
        ({WRITER: [RedisOutage(9, 20, 21)]}, 21.1),
        ({WRITER: [RedisOutage(9, 90, 91)]}, 40.0),
        # Both have none: 2 s, or the first probe that the reader learns of.
        ({WRITER: [RedisOutage(9, 20, 21)], OTHER: [RedisOutage(9, 20, 21)]}, 12.0),
        ({WRITER: [RedisOutage(9, 14, 15)], OTHER: [RedisOutage(9, 10.9, 11)]}, 11.0),
        ({WRITER: [RedisOutage(9, 10.9, 11)], OTHER: [RedisOutage(9, 20, 21)]}, 12.0),
        # This bump was the call that detected the outage.
        ({WRITER: [RedisOutage(10.05, 14, 15)]}, 15.1),
    ],
)
def test_change_is_due_later_without_redis(
    redis_outages: dict[int, list[RedisOutage]], due: float
) -> None:
    written = journal()
    written.redis_outages = redis_outages
    written.reads = [read(due - 0.01)]
    assert rules(written) == []
    written.reads = [read(due + 0.01)]
    assert rules(written) == ["late"]


def test_writing_worker_shows_change_at_once_even_without_redis() -> None:
    written = journal()
    written.redis_outages = {WRITER: [RedisOutage(9, 20, 21)]}
    written.reads = [read(10.01, worker=WRITER)]
    assert rules(written) == ["late"]


@pytest.mark.parametrize("worker", [WRITER, OTHER])
def test_unannounced_change_is_due_after_ttl(worker: int) -> None:
    written = journal(uncertain=True)
    written.reads = [read(39.99, worker=worker)]
    assert rules(written) == []
    written.reads = [read(40.01, worker=worker)]
    assert rules(written) == ["late"]


def test_only_labelled_page_may_be_old_while_database_is_down() -> None:
    written = journal()
    label = f"feed; hit; ttl=-70; {DOWN}"
    written.reads = [read(99, served=label, age=99)]
    assert rules(written) == []
    written.reads = [read(99)]
    assert rules(written) == ["late"]


def test_page_past_its_ttl_is_too_old() -> None:
    written = journal()
    memory = 'feed; hit; ttl=0; detail="memory"'
    written.reads = [read(5, age=30), read(5, age=2, served=memory)]
    assert rules(written) == []
    written.reads = [read(5, age=31), read(5, age=3, served=memory), read(5, served="ttl=-1")]
    assert rules(written) == ["too old"] * 3


def test_state_that_was_never_committed_is_torn() -> None:
    written = journal()
    written.reads = [read(5, frozenset({1, 2})), read(11, NEW, count=7)]
    assert rules(written) == ["torn", "torn"]


def test_version_shown_before_its_write_is_early() -> None:
    written = journal()
    written.reads = [read(9.895, NEW)]  # it ends after the write began
    assert rules(written) == []
    written.reads = [read(9.5, NEW)]
    assert rules(written) == ["early"]


def test_worker_does_not_go_back_to_older_version() -> None:
    written = journal(answered=math.inf)  # not even answered yet
    first, second = read(9.95, NEW), read(9.97)
    written.reads = [second, first]
    assert rules(written) == ["backwards"]
    written.reads = [first, second._replace(worker=WRITER)]
    assert rules(written) == [], "another worker"
    written.reads = [first, second._replace(page="/other")]
    assert rules(written) == [], "another page"
    written.reads = [first, second._replace(started=9.955)]
    assert rules(written) == [], "at the same time"
    for served in ("feed; fwd=bypass", "feed; fwd=miss; ttl=29"):
        written.reads = [first._replace(served=served), second]
        assert rules(written) == [], "loaded for that reader only"
    written.restarts = {OTHER: [Span(9.961, 9.965)]}
    written.reads = [first, second]
    assert rules(written) == [], "it is another process"


@pytest.mark.parametrize("served", ["feed; hit; ttl=3", f"feed; hit; ttl=-3; {DOWN}"])
def test_deleted_post_does_not_come_back(served: str) -> None:
    written = journal()
    written.redis_outages = {OTHER: [RedisOutage(9, 20, 21)]}
    written.reads = [read(10.5, NEW), read(10.6, served=served)]
    assert rules(written) == ["backwards"]


def test_error_status_is_a_violation_during_any_outage() -> None:
    written = journal()
    written.redis_outages = {WRITER: [RedisOutage(0, 90, 91)]}
    written.database_outages = [Span(0, 90)]
    written.reads = [Read(5, 6, 500, WRITER), Read(5, 6, 503, WRITER)]
    written.writes = [Write(5, 6, 500, WRITER), Write(5, 6, 429, WRITER)]
    assert rules(written) == ["failed"] * 4


def test_only_killed_worker_may_close_connections() -> None:
    written = journal()
    written.reads, written.writes = [Read(5, 6, 0, WRITER)], [Write(5, 6, 0, WRITER)]
    assert rules(written) == ["unreachable"] * 2
    written.restarts = {OTHER: [Span(5, 6)]}
    assert rules(written) == ["unreachable"] * 2
    written.restarts = {WRITER: [Span(5.5, 8)]}
    assert rules(written) == []


def test_write_is_refused_only_without_database_and_with_retry_after() -> None:
    written = journal()
    written.writes = [Write(5, 6, 503, WRITER, "5")]
    assert rules(written) == ["failed"]
    written.database_outages = [Span(5.5, 8)]
    assert rules(written) == []
    written.writes = [Write(5, 6, 503, WRITER)]
    assert rules(written) == ["no Retry-After"]


def test_accepted_write_is_in_the_database_at_the_end() -> None:
    checker = Checker(journal())
    assert checker.lost((NEW, 1)) == []
    assert [violation.rule for violation in checker.lost((OLD, 0))] == ["lost", "lost"]
