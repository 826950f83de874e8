"""The checker on histories made by hand: each promise kept, and each promise broken."""

from dataclasses import replace

import pytest

from freshcache.policy import Outcome, Policy
from tests.proofs.schedules.contract import first_violation
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
    in_transaction=False,
    line=0,
)
WRITE = Write("posts", 1, "B", Moment(2, 0.9))
LIKE = replace(WRITE, kind="likes")
ANNOUNCED = Moment(3, 0.9)


def wrong(*reads: Read, one_load: bool = False, **history: list[object]) -> str:
    found = first_violation(History(reads=[*reads], **history), Policy(), one_load=one_load)  # type: ignore[arg-type] # lists of all kinds
    return found.wrong if found else ""


@pytest.mark.parametrize(
    ("write", "read"),
    [
        (replace(WRITE, process="A", done=Moment(4, 0.9)), READ),
        (replace(WRITE, committed=Moment(2, -29.1)), READ),
        (replace(WRITE, announced=ANNOUNCED), READ),
        (replace(WRITE, announced=ANNOUNCED._replace(at=0.99)), replace(READ, confirm=True)),
        (replace(WRITE, committed=Moment(2, -1.1)), replace(READ, shared=False)),
        (replace(LIKE, committed=Moment(2, -0.6), announced=ANNOUNCED), READ),
        (
            replace(WRITE, announced=ANNOUNCED, announcement_lost=Moment(4, 0.9), done=ANNOUNCED),
            replace(READ, process="B"),
        ),
    ],
)
def test_due_write_must_be_shown(write: Write, read: Read) -> None:
    assert "must show" in wrong(read, writes=[write])
    shown = replace(read, posts=1, likes=1)
    assert not wrong(shown, writes=[write])


@pytest.mark.parametrize(
    "write",
    [
        WRITE,
        replace(WRITE, announced=ANNOUNCED._replace(at=0.96)),
        replace(WRITE, process="A", done=Moment(11, 1.0)),
        replace(WRITE, announced=ANNOUNCED, announcement_lost=Moment(4, 0.95)),
        replace(WRITE, announced=Moment(11, 0.9)),
        replace(LIKE, announced=ANNOUNCED),
    ],
)
def test_write_need_not_be_shown_before_it_is_due(write: Write) -> None:
    assert not wrong(READ, writes=[write])


def test_last_good_page_may_be_of_any_age() -> None:
    assert not wrong(
        replace(READ, outcome=Outcome.LAST_GOOD), writes=[replace(WRITE, announced=ANNOUNCED)]
    )


def test_uncommitted_data_is_shown_only_in_its_transaction() -> None:
    uncommitted = replace(READ, committed=False)
    assert "never committed" in wrong(uncommitted)
    assert not wrong(replace(uncommitted, in_transaction=True))


def test_worker_does_not_go_back_to_older_generation() -> None:
    later = replace(READ, start=Moment(30, 1.0), end=Moment(31, 1.0), generation=4)
    assert "a newer generation" in wrong(READ, later)
    assert not wrong(READ, replace(later, process="B"))
    assert not wrong(READ, replace(later, start=Moment(19, 1.0)))
    assert not wrong(READ, replace(later, generation=-1))


def test_page_shows_all_commits_before_its_generation() -> None:
    found = first_violation(History(reads=[READ], covered={5: 1}), Policy(), one_load=False)
    assert found
    assert "began after posts 1" in found.wrong


def test_no_page_from_before_the_breaker_closed_is_served() -> None:
    closing = Closing("A", Moment(5, 0.9), Moment(6, 0.9))
    assert "before the breaker" in wrong(READ, closings=[closing])
    assert not wrong(replace(READ, loaded=Moment(7, 0.9)), closings=[closing])
    assert not wrong(replace(READ, process="B"), closings=[closing])


def test_page_is_loaded_once_per_generation() -> None:
    load = Load("A1", "feed", 5, Moment(1, 0.0), 0, end=Moment(3, 0.0))
    beside = Load("B1", "feed", 5, Moment(2, 0.0), 0)
    fill = Fill("feed", 5, Moment(4, 0.0))
    after = replace(beside, start=Moment(5, 0.5))
    assert "while A1 does" in wrong(one_load=True, loads=[load, beside])
    assert "just been stored" in wrong(one_load=True, loads=[load, after], fills=[fill])
    assert "without the lease" in wrong(one_load=True, loads=[replace(load, leased=0)])
    assert not wrong(one_load=True, loads=[load, replace(beside, leased=6)])
    assert not wrong(loads=[load, beside])
