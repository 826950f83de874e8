"""One thread at a time waits for a database that does not answer."""

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


def test_all_threads_may_query_while_the_database_answers(database: DatabaseBreaker) -> None:
    with database.asked(), database.asked():
        assert not database.is_down
    assert not database.is_down


@pytest.mark.parametrize("error", [OperationalError("down"), InterfaceError("closed")])
def test_database_is_down_for_a_while_after_a_failure(
    database: DatabaseBreaker, clock: Clock, error: Exception
) -> None:
    fail(database, error)
    assert database.is_down
    clock.advance(RETRY_SECONDS)
    assert not database.is_down


def test_database_is_in_doubt_until_it_answers_or_its_failure_is_old(
    database: DatabaseBreaker, clock: Clock
) -> None:
    assert not database.is_in_doubt
    fail(database)
    clock.advance(RETRY_SECONDS)
    assert database.is_in_doubt
    with database.asked():
        assert database.is_in_doubt
    assert not database.is_in_doubt
    fail(database)
    clock.advance(FORGET_SECONDS + 1)
    assert not database.is_in_doubt


def test_query_that_was_not_sent_is_no_failure_of_the_database(database: DatabaseBreaker) -> None:
    fail(database, DatabaseUnavailable("no time is left on a busy machine"))
    assert not database.is_down
    fail(database)
    fail(database, DatabaseUnavailable("no time is left on a busy machine"))
    assert database.is_down


def test_other_errors_do_not_count_as_failures_of_the_database(database: DatabaseBreaker) -> None:
    fail(database, KeyError("a fault of ours"))
    assert not database.is_down


def test_other_threads_do_not_wait_while_one_tries(database: DatabaseBreaker, clock: Clock) -> None:
    fail(database)
    clock.advance(RETRY_SECONDS)
    hangs, threads = Gate(), Threads()

    def ask() -> None:
        with database.asked():
            hangs()

    threads.start(ask)
    hangs.wait()
    clock.advance(2 * RETRY_SECONDS)
    assert database.is_down, "until it answers"
    with pytest.raises(DatabaseUnavailable), database.asked():
        pass
    hangs.open()
    threads.join()
    assert not database.is_down
    with database.asked(), database.asked():
        pass


def test_next_thread_may_try_after_another_failure(database: DatabaseBreaker) -> None:
    fail(database)
    fail(database)
    with database.asked():
        assert database.is_down
    assert not database.is_down


def test_only_an_answer_after_the_failure_ends_the_outage(
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


def test_one_thread_waits_while_the_database_hangs(database: DatabaseBreaker, clock: Clock) -> None:
    fail(database)
    clock.advance(RETRY_SECONDS)
    with database.asked():
        clock.advance(10 * FORGET_SECONDS)
        with pytest.raises(DatabaseUnavailable), database.asked():
            pass
