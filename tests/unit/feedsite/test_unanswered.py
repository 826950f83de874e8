"""Writes to a database that stops answering: they have not happened, or that is unknown."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from feedsite.postgresql import base, deadline
from posts.errors import OutcomeUnknownError
from posts.models import Like, Post, User
from tests.factories import PostFactory, UserFactory
from tests.security.locks import locked_posts

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


@pytest.fixture
def author() -> User:
    return UserFactory.create()


@pytest.fixture
def post(author: User) -> Post:
    return PostFactory.create(author=author)


@contextmanager
def outside() -> Iterator[psycopg.Connection[tuple[int]]]:
    """Another session, which no limit and no stop affects."""
    parameters = connection.get_connection_params() | {"application_name": "psql"}
    with psycopg.connect(**parameters, autocommit=True) as session:
        yield session


def end_all_sessions() -> None:
    """End all other sessions, as a restart of the server does."""
    with outside() as session:
        session.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


class Backend:
    """The server process of this thread's connection."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (self._pid,) = cursor.fetchone()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Let it continue at the end of the block."""
        try:
            yield
        finally:
            os.kill(self._pid, signal.SIGCONT)

    def stop(self) -> None:
        """Stop it: its socket accepts data, and no answer arrives."""
        os.kill(self._pid, signal.SIGSTOP)

    def has_ended(self) -> bool:
        with outside() as session:
            found = session.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE pid = %s", [self._pid]
            ).fetchone()
        return found == (0,)


def write(author: User) -> Post:
    return Post.objects.create(author=author, content="Late")


def limits() -> deadline._Limits:
    """Return the limits of this thread."""
    found = deadline._limits()
    assert found
    return found


def in_transaction(*steps: Callable[[], object], seconds: float) -> None:
    """Run the steps in a transaction of a thread that has `seconds`."""
    with deadline.within(seconds), transaction.atomic():
        for step in steps:
            step()


def test_write_that_the_database_did_not_answer_is_rolled_back_when_it_continues(
    author: User, wait_until: Callable[..., None]
) -> None:
    backend = Backend()

    def write_late() -> None:
        # The server gets it, and executes it when it continues.
        with deadline.within(0.1):
            write(author)

    with backend.kept(), pytest.raises(OperationalError, match="did not answer") as failure:
        in_transaction(lambda: write(author), backend.stop, write_late, seconds=60)
    assert not isinstance(failure.value, OutcomeUnknownError)
    wait_until(backend.has_ended)
    assert Post.objects.count() == 0


def test_outcome_is_unknown_if_commit_is_not_answered(
    author: User, wait_until: Callable[..., None]
) -> None:
    backend = Backend()
    with backend.kept(), pytest.raises(OutcomeUnknownError):
        in_transaction(lambda: write(author), backend.stop, seconds=60)
    wait_until(backend.has_ended)


def test_outcome_is_unknown_if_the_server_ends_at_commit(author: User) -> None:
    with pytest.raises(OutcomeUnknownError):
        in_transaction(lambda: write(author), end_all_sessions, seconds=60)
    assert Post.objects.count() == 0


def test_commit_is_not_begun_after_the_deadline(
    author: User, wait_until: Callable[..., None]
) -> None:
    def let_it_pass() -> None:
        limits().ends_at = time.monotonic()

    with pytest.raises(OperationalError, match="time for this request is over") as failure:
        in_transaction(lambda: write(author), let_it_pass, seconds=60)
    assert not isinstance(failure.value, OutcomeUnknownError)
    assert connection.is_usable()
    assert Post.objects.count() == 0


def test_commit_hooks_run_if_the_deadline_passes_during_commit(
    author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def commit_late(self: base.LimitedConnection) -> None:
        commit(self)
        outer.ends_at = time.monotonic()

    def prepare() -> None:
        transaction.on_commit(lambda: seen.append("hook"))
        monkeypatch.setattr(base.LimitedConnection, "commit", commit_late)

    commit = base.LimitedConnection.commit
    with deadline.within(60):
        outer = limits()
        with transaction.atomic():
            write(author)
            prepare()
        assert deadline.has_passed()
    assert seen == ["hook"]
    assert Post.objects.count() == 1


def test_no_query_is_sent_and_no_connection_dropped_after_the_deadline(author: User) -> None:
    backend = Backend()
    for is_connected in (True, False):
        if not is_connected:
            connection.close()  # back into the pool
        with deadline.within(0), pytest.raises(OperationalError, match="Nothing was sent"):
            write(author)
    assert not backend.has_ended()
    assert Post.objects.count() == 0


def test_check_of_a_pooled_connection_has_its_own_time() -> None:
    backend = Backend()
    connection.close()
    with deadline.within(0):
        taken = connection.pool.getconn()  # type: ignore[attr-defined] # PostgreSQL's has one
    connection.pool.putconn(taken)  # type: ignore[attr-defined]
    assert not backend.has_ended()


def test_commit_that_waits_for_a_lock_is_cancelled_and_rolled_back(
    post: Post, author: User
) -> None:
    def like() -> None:
        Like.objects.create(post=post, user=author)  # COMMIT checks its foreign key

    with locked_posts(), pytest.raises(OperationalError, match="did not answer") as failure:
        in_transaction(like, seconds=60)
    assert not isinstance(failure.value, OutcomeUnknownError)
    assert Like.objects.count() == 0
