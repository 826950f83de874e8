"""The judge itself, on journals made by hand: each rule kept, and each rule broken."""

import math

import pytest

from tests.proofs.soak.checker import DOWN, Checker, Rule
from tests.proofs.soak.journal import Away, Journal, Read, Register, Span, Version, View, Write

HERE, THERE = 0, 1  # the worker that the writer uses, and another one
OLD, NEW = frozenset({1}), frozenset({2})


def journal(*, answered: float = 10.0, unsure: bool = False) -> Journal:
    """Post 1 becomes post 2 at some moment from 9.9 s to `answered`; a comment comes with it."""
    changed = Version(NEW, started=9.9, ended=answered, unsure=unsure)
    commented = Version(1, started=9.9, ended=answered, unsure=unsure)
    # Marks are numbers of versions: version 1 is post 1.
    posts = [Version(frozenset()), Version(OLD, started=0, ended=1), changed]
    return Journal(
        registers=[
            Register("w0", "posts", HERE, posts),
            Register("c1", "counts", HERE, [Version(0), commented]),
        ],
        workers=2,
    )


def read(
    at: float,
    posts: frozenset[int] = OLD,
    count: int | None = None,
    *,
    worker: int = THERE,
    personal: bool = False,
    served: str = "feed; hit; ttl=20",
    age: int = 0,
    page: str = "/",
) -> Read:
    """A read that began at this moment and took 10 ms."""
    view: View = (posts, count)
    return Read(at, at + 0.01, 200, worker, page, view, age, served, personal)


def rules(found: Journal) -> list[Rule]:
    return [violation.rule for violation in Checker(found).check()]


@pytest.mark.parametrize(
    ("late", "in_time"),
    [
        (read(10.11), read(10.09)),
        (read(10.01, worker=HERE), read(9.99, worker=HERE)),
        (read(10.01, personal=True), read(9.99, personal=True)),
        (read(11.51, NEW, count=0), read(11.49, NEW, count=0)),
        (read(11.51, NEW, count=0, worker=HERE), read(11.49, NEW, count=0, worker=HERE)),
    ],
    ids=["another worker", "the writing worker", "with a token", "counts", "counts there"],
)
def test_a_change_is_due_in_time(late: Read, in_time: Read) -> None:
    written = journal()
    written.reads = [in_time]
    assert rules(written) == []
    written.reads = [late]
    assert rules(written) == ["late"]


def test_a_story_names_who_saw_what_and_what_was_due() -> None:
    written = journal()
    written.reads = [read(10.11)]
    (violation,) = Checker(written).check()
    assert violation.story == (
        "worker 1, /, asked at 10.110 s: w0 (of worker 0) at version 1; version 2,"
        " answered at 10.000 s, was due at 10.100 s; feed; hit; ttl=20"
    )


@pytest.mark.parametrize(
    ("aways", "due"),
    [
        ({}, 10.1),
        # An outage of before, or one of later, excuses nothing.
        ({THERE: [Away(1, 8, 9)]}, 10.1),
        ({THERE: [Away(10.5, 20, 21)]}, 10.1),
        ({HERE: [Away(1, 8, 9)]}, 10.1),
        ({HERE: [Away(10.5, 20, 21)]}, 10.1),
        # The reader's worker is without Redis: 2 s, or until it asks Redis again.
        ({THERE: [Away(9, 20, 21)]}, 12.0),
        ({THERE: [Away(9, 10.9, 11)]}, 11.0),
        ({THERE: [Away(9, 9.95, 11)]}, 11.1),
        # The writer's is: until its own probe, or the TTL.
        ({HERE: [Away(9, 20, 21)]}, 21.1),
        ({HERE: [Away(9, 90, 91)]}, 40.0),
        # Both are: 2 s; or whichever probe comes first, and is heard of.
        ({HERE: [Away(9, 20, 21)], THERE: [Away(9, 20, 21)]}, 12.0),
        ({HERE: [Away(9, 14, 15)], THERE: [Away(9, 10.9, 11)]}, 11.0),
        ({HERE: [Away(9, 10.9, 11)], THERE: [Away(9, 20, 21)]}, 12.0),
        # The call that the outage was noticed by was this very bump.
        ({HERE: [Away(10.05, 14, 15)]}, 15.1),
    ],
)
def test_without_redis_it_is_due_later(aways: dict[int, list[Away]], due: float) -> None:
    written = journal()
    written.aways = aways
    written.reads = [read(due - 0.01)]
    assert rules(written) == []
    written.reads = [read(due + 0.01)]
    assert rules(written) == ["late"]


def test_the_writing_worker_shows_it_at_once_even_without_redis() -> None:
    written = journal()
    written.aways = {HERE: [Away(9, 20, 21)]}
    written.reads = [read(10.01, worker=HERE)]
    assert rules(written) == ["late"]


@pytest.mark.parametrize("worker", [HERE, THERE])
def test_what_nobody_was_told_of_is_due_after_the_ttl(worker: int) -> None:
    written = journal(unsure=True)
    written.reads = [read(39.99, worker=worker)]
    assert rules(written) == []
    written.reads = [read(40.01, worker=worker)]
    assert rules(written) == ["late"]


def test_while_the_database_is_down_a_labelled_page_may_be_old_and_no_other() -> None:
    written = journal()
    label = f"feed; hit; ttl=-70; {DOWN}"
    written.reads = [read(99, served=label, age=99)]
    assert rules(written) == []
    written.reads = [read(99)]
    assert rules(written) == ["late"]


def test_a_page_past_its_ttl_is_too_old() -> None:
    written = journal()
    memory = 'feed; hit; ttl=0; detail="memory"'
    written.reads = [read(5, age=30), read(5, age=2, served=memory)]
    assert rules(written) == []
    written.reads = [read(5, age=31), read(5, age=3, served=memory), read(5, served="ttl=-1")]
    assert rules(written) == ["too old"] * 3


def test_what_was_never_committed_is_torn() -> None:
    written = journal()
    written.reads = [read(5, frozenset({1, 2})), read(11, NEW, count=7)]
    assert rules(written) == ["torn", "torn"]


def test_what_nobody_had_begun_to_write_is_early() -> None:
    written = journal()
    written.reads = [read(9.895, NEW)]  # it ends when the write has begun
    assert rules(written) == []
    written.reads = [read(9.5, NEW)]
    assert rules(written) == ["early"]


def test_a_worker_does_not_go_back() -> None:
    written = journal(answered=math.inf)  # not even answered yet
    first, second = read(9.95, NEW), read(9.97)
    written.reads = [second, first]
    assert rules(written) == ["backwards"]
    written.reads = [first, second._replace(worker=HERE)]
    assert rules(written) == [], "another worker"
    written.reads = [first, second._replace(page="/other")]
    assert rules(written) == [], "another page"
    written.reads = [first, second._replace(started=9.955)]
    assert rules(written) == [], "at the same time"
    for alone in ("feed; fwd=bypass", "feed; fwd=miss; ttl=29"):
        written.reads = [first._replace(served=alone), second]
        assert rules(written) == [], "loaded for that reader alone"
    written.restarts = {THERE: [Span(9.961, 9.965)]}
    written.reads = [first, second]
    assert rules(written) == [], "it is another process"


@pytest.mark.parametrize("served", ["feed; hit; ttl=3", f"feed; hit; ttl=-3; {DOWN}"])
def test_nothing_deleted_comes_back(served: str) -> None:
    written = journal()
    written.aways = {THERE: [Away(9, 20, 21)]}
    written.reads = [read(10.5, NEW), read(10.6, served=served)]
    assert rules(written) == ["backwards"]


def test_a_fault_is_a_fault_whatever_was_broken() -> None:
    written = journal()
    written.aways = {HERE: [Away(0, 90, 91)]}
    written.database_away = [Span(0, 90)]
    written.reads = [Read(5, 6, 500, HERE), Read(5, 6, 503, HERE)]
    written.writes = [Write(5, 6, 500, HERE), Write(5, 6, 429, HERE)]
    assert rules(written) == ["failed"] * 4


def test_only_a_worker_that_was_killed_may_hang_up() -> None:
    written = journal()
    written.reads, written.writes = [Read(5, 6, 0, HERE)], [Write(5, 6, 0, HERE)]
    assert rules(written) == ["unreachable"] * 2
    written.restarts = {THERE: [Span(5, 6)]}
    assert rules(written) == ["unreachable"] * 2
    written.restarts = {HERE: [Span(5.5, 8)]}
    assert rules(written) == []


def test_a_write_is_refused_only_without_the_database_and_with_a_word() -> None:
    written = journal()
    written.writes = [Write(5, 6, 503, HERE, "5")]
    assert rules(written) == ["failed"]
    written.database_away = [Span(5.5, 8)]
    assert rules(written) == []
    written.writes = [Write(5, 6, 503, HERE)]
    assert rules(written) == ["no word"]


def test_what_was_accepted_is_in_the_database_at_the_end() -> None:
    judge = Checker(journal())
    assert judge.lost((NEW, 1)) == []
    assert [violation.rule for violation in judge.lost((OLD, 0))] == ["lost", "lost"]
