"""What a transaction changed is said once, after its commit; and without a database, too."""

from dataclasses import dataclass, field

import pytest
from django.db import DEFAULT_DB_ALIAS, connection, transaction

from freshcache.transactions import after_commit


@dataclass
class SignalRecorder:
    calls: list[tuple[bool, str]] = field(default_factory=list)

    def changed(self, *, hard: bool, cause: str, using: str) -> None:
        assert using == DEFAULT_DB_ALIAS
        self.calls.append((hard, cause))


def test_outside_of_a_transaction_it_is_said_at_once_and_no_database_is_asked() -> None:
    # Without the django_db mark, connecting is an error.
    heard = SignalRecorder()
    after_commit(heard, "one", hard=True)
    assert heard.calls == [(True, "one")]


@pytest.mark.django_db(transaction=True)
def test_it_is_said_once_after_the_commit_with_all_causes() -> None:
    heard = SignalRecorder()
    with transaction.atomic():
        after_commit(heard, "two", hard=False)
        after_commit(heard, "one", hard=True)
        after_commit(heard, "two", hard=False)
        assert heard.calls == []
    assert heard.calls == [(True, "one, two")]


@pytest.mark.django_db(transaction=True)
def test_each_listener_hears_of_its_own_changes() -> None:
    one, other = SignalRecorder(), SignalRecorder()
    with transaction.atomic():
        after_commit(one, "one", hard=True)
        after_commit(other, "other", hard=False)
    assert one.calls == [(True, "one")]
    assert other.calls == [(False, "other")]


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_not_said() -> None:
    heard = SignalRecorder()
    with transaction.atomic():
        after_commit(heard, "outer", hard=True)
        transaction.set_rollback(True)
    with transaction.atomic(), transaction.atomic():
        after_commit(heard, "inner", hard=True)
        transaction.set_rollback(True)
    assert heard.calls == []


@pytest.mark.django_db(transaction=True)
def test_without_autocommit_nobody_can_tell_when_it_commits() -> None:
    connection.ensure_connection()
    connection.set_autocommit(False)
    try:
        with pytest.raises(transaction.TransactionManagementError):
            after_commit(SignalRecorder(), "one", hard=True)
    finally:
        connection.rollback()
        connection.set_autocommit(True)
