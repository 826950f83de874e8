"""The checker itself: each promise, kept and broken, in histories made by hand."""

from dataclasses import replace

import pytest

from freshcache.policy import Outcome, Policy
from tests.proofs.schedules.contract import broken
from tests.proofs.schedules.history import Closing, Fill, History, Load, Moment, Read, Write

READ = Read(
    thread="A1",
    process="A",
    start=Moment(10, 1.0),
    end=Moment(20, 1.0),
    posts=0,
    likes=0,
    loaded=Moment(1, 0.0),
    committed=True,
    generation=5,
    outcome=Outcome.HIT,
    shared=True,
    confirm=False,
    inside=False,
    line=0,
)
WRITE = Write("posts", 1, "B", Moment(2, 0.9))
LIKE = replace(WRITE, kind="likes")
TOLD = Moment(3, 0.9)


def wrong(*reads: Read, one_load: bool = False, **history: list[object]) -> str:
    found = broken(History(reads=[*reads], **history), Policy(), one_load=one_load)  # type: ignore[arg-type] # lists of all kinds
    return found.wrong if found else ""


@pytest.mark.parametrize(
    ("write", "read"),
    [
        (replace(WRITE, process="A", done=Moment(4, 0.9)), READ),
        (replace(WRITE, committed=Moment(2, -29.1)), READ),
        (replace(WRITE, told=TOLD), READ),
        (replace(WRITE, told=TOLD._replace(at=0.99)), replace(READ, confirm=True)),
        (replace(WRITE, committed=Moment(2, -1.1)), replace(READ, shared=False)),
        (replace(LIKE, committed=Moment(2, -0.6), told=TOLD), READ),
        (replace(WRITE, told=TOLD, untold=Moment(4, 0.9), done=TOLD), replace(READ, process="B")),
    ],
)
def test_what_is_due_must_be_shown(write: Write, read: Read) -> None:
    assert "must show" in wrong(read, writes=[write])
    shown = replace(read, posts=1, likes=1)
    assert not wrong(shown, writes=[write])


@pytest.mark.parametrize(
    "write",
    [
        WRITE,
        replace(WRITE, told=TOLD._replace(at=0.96)),
        replace(WRITE, process="A", done=Moment(11, 1.0)),
        replace(WRITE, told=TOLD, untold=Moment(4, 0.95)),
        replace(WRITE, told=Moment(11, 0.9)),
        replace(LIKE, told=TOLD),
    ],
)
def test_what_is_not_due_need_not_be_shown(write: Write) -> None:
    assert not wrong(READ, writes=[write])


def test_the_last_good_page_of_a_database_that_is_down_owes_nothing() -> None:
    assert not wrong(replace(READ, outcome=Outcome.LAST_GOOD), writes=[replace(WRITE, told=TOLD)])


def test_what_is_not_committed_is_for_its_own_transaction_alone() -> None:
    uncommitted = replace(READ, committed=False)
    assert "nobody has committed" in wrong(uncommitted)
    assert not wrong(replace(uncommitted, inside=True))


def test_a_worker_does_not_go_back_to_an_older_generation() -> None:
    later = replace(READ, start=Moment(30, 1.0), end=Moment(31, 1.0), generation=4)
    assert "a newer generation" in wrong(READ, later)
    assert not wrong(READ, replace(later, process="B"))
    assert not wrong(READ, replace(later, start=Moment(19, 1.0)))
    assert not wrong(READ, replace(later, generation=-1))


def test_a_page_shows_what_was_committed_when_its_generation_began() -> None:
    found = broken(History(reads=[READ], covered={5: 1}), Policy(), one_load=False)
    assert found
    assert "began after posts 1" in found.wrong


def test_nothing_is_served_from_before_the_breaker_closed() -> None:
    closing = Closing("A", Moment(5, 0.9), Moment(6, 0.9))
    assert "before the breaker" in wrong(READ, closings=[closing])
    assert not wrong(replace(READ, loaded=Moment(7, 0.9)), closings=[closing])
    assert not wrong(replace(READ, process="B"), closings=[closing])


def test_each_page_has_one_load_per_generation() -> None:
    load = Load("A1", "feed", 5, Moment(1, 0.0), 0, end=Moment(3, 0.0))
    beside = Load("B1", "feed", 5, Moment(2, 0.0), 0)
    fill = Fill("feed", 5, Moment(4, 0.0))
    after = replace(beside, start=Moment(5, 0.5))
    assert "while A1 does" in wrong(one_load=True, loads=[load, beside])
    assert "just been stored" in wrong(one_load=True, loads=[load, after], fills=[fill])
    assert "without the lease" in wrong(one_load=True, loads=[replace(load, leased=0)])
    assert not wrong(one_load=True, loads=[load, replace(beside, leased=6)])
    assert not wrong(loads=[load, beside])
