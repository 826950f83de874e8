"""While the database does not answer, one thread at a time waits for it."""

import pytest
from django.db import InterfaceError, OperationalError

from freshcache.database_breaker import FORGET_SECONDS, RETRY_SECONDS, DatabaseBreaker
from freshcache.errors import DatabaseUnavailable
from tests.unit.freshcache.fleet import Clock
from tests.unit.freshcache.threads import Gate, Threads


@pytest.fixture
def database(clock: Clock) -> DatabaseBreaker:
    return DatabaseBreaker(clock)


def fail(database: DatabaseBreaker, error: Exception | None = None) -> None:
    error = error or OperationalError("down")
    with pytest.raises(type(error)), database.asked():
        raise error


def test_as_long_as_it_answers_all_may_ask_at_a_time(database: DatabaseBreaker) -> None:
    with database.asked(), database.asked():
        assert not database.is_down
    assert not database.is_down


@pytest.mark.parametrize("error", [OperationalError("down"), InterfaceError("gone")])
def test_a_failure_is_remembered_for_a_while(
    database: DatabaseBreaker, clock: Clock, error: Exception
) -> None:
    fail(database, error)
    assert database.is_down
    clock.advance(RETRY_SECONDS)
    assert not database.is_down


def test_a_fault_of_ours_is_none_of_the_database(database: DatabaseBreaker) -> None:
    fail(database, KeyError("a fault of ours"))
    assert not database.is_down


def test_while_one_waits_for_its_answer_the_others_do_not(
    database: DatabaseBreaker, clock: Clock
) -> None:
    fail(database)
    clock.advance(RETRY_SECONDS)
    hangs, threads = Gate(), Threads()

    def ask() -> None:
        with database.asked():
            hangs()

    threads.start(ask)
    hangs.wait()
    assert database.is_down, "as far as anybody knows"
    with pytest.raises(DatabaseUnavailable), database.asked():
        pass
    hangs.open()
    threads.join()
    assert not database.is_down
    with database.asked(), database.asked():
        pass


def test_after_another_failure_the_next_may_try(database: DatabaseBreaker) -> None:
    fail(database)
    fail(database)
    with database.asked():
        assert database.is_down
    assert not database.is_down


def test_an_answer_to_somebody_since_ends_it_and_one_from_before_does_not(
    database: DatabaseBreaker, clock: Clock
) -> None:
    fail(database)
    database.answered(clock())
    assert database.is_down
    clock.advance(0.1)
    database.answered(clock())
    assert not database.is_down
    with database.asked(), database.asked():
        pass


def test_however_long_it_hangs_only_one_waits_for_it(
    database: DatabaseBreaker, clock: Clock
) -> None:
    fail(database)
    clock.advance(RETRY_SECONDS)
    with database.asked():
        clock.advance(10 * FORGET_SECONDS)
        with pytest.raises(DatabaseUnavailable), database.asked():
            pass
