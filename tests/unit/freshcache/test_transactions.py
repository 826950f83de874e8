"""Changes are announced once for each transaction, after its commit."""

from dataclasses import dataclass, field

import pytest
from django.db import DEFAULT_DB_ALIAS, connection, transaction

from freshcache.transactions import Change, after_commit


@dataclass
class SignalRecorder:
    calls: list[tuple[Change, str]] = field(default_factory=list)

    def changed(self, change: Change, *, cause: str, using: str) -> None:
        assert using == DEFAULT_DB_ALIAS
        self.calls.append((change, cause))


def test_change_outside_of_a_transaction_is_announced_at_once_without_a_connection() -> None:
    # Without the django_db mark, opening a connection is an error.
    recorder = SignalRecorder()
    after_commit(recorder, "one", change="content")
    assert recorder.calls == [("content", "one")]


@pytest.mark.django_db(transaction=True)
def test_changes_are_announced_once_after_the_commit_with_all_causes() -> None:
    recorder = SignalRecorder()
    with transaction.atomic():
        after_commit(recorder, "two", change="counts")
        after_commit(recorder, "one", change="content")
        after_commit(recorder, "two", change="counts")
        assert recorder.calls == []
    assert recorder.calls == [("content", "one, two")]


@pytest.mark.django_db(transaction=True)
def test_each_observer_is_notified_of_its_changes_only() -> None:
    one, other = SignalRecorder(), SignalRecorder()
    with transaction.atomic():
        after_commit(one, "one", change="content")
        after_commit(other, "other", change="counts")
    assert one.calls == [("content", "one")]
    assert other.calls == [("counts", "other")]


@pytest.mark.django_db(transaction=True)
def test_changes_that_are_rolled_back_are_not_announced() -> None:
    recorder = SignalRecorder()
    with transaction.atomic():
        after_commit(recorder, "outer", change="content")
        transaction.set_rollback(True)
    with transaction.atomic(), transaction.atomic():
        after_commit(recorder, "inner", change="content")
        transaction.set_rollback(True)
    assert recorder.calls == []


@pytest.mark.django_db(transaction=True)
def test_without_autocommit_and_atomic_announcing_raises() -> None:
    connection.ensure_connection()
    connection.set_autocommit(False)
    try:
        with pytest.raises(transaction.TransactionManagementError):
            after_commit(SignalRecorder(), "one", change="content")
    finally:
        connection.rollback()
        connection.set_autocommit(True)
