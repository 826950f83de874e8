"""Announce the changes of a database transaction once, after its commit."""

from typing import Literal, Protocol

from django.db import DEFAULT_DB_ALIAS, transaction

# What has changed: all that pages show, or only the counts on them (of likes, say).
Change = Literal["content", "counts"]


class Observer(Protocol):
    """An object that is notified after the commit, as `FreshCache` is."""

    def changed(self, change: Change, *, cause: str, using: str) -> None:
        """A transaction of the database `using` has committed. `cause`: words for the log."""


class _Announcement:
    """A commit hook with all changes of one transaction for one observer.

    One hook is enough. Django drops a hook only together with a savepoint that was open when the
    hook was registered. A change that is announced later comes either after that savepoint was
    released, so that it can't be rolled back any more, or inside it, and is dropped with it.

    If a later savepoint is rolled back, its changes stay in an older announcement. The announcement
    may then say "content" where only counts have changed: more than needed, never less.
    """

    def __init__(self, observer: Observer, using: str) -> None:
        self.observer = observer
        self.using = using
        self.causes: set[str] = set()
        self.change: Change = "counts"

    def __call__(self) -> None:
        cause = ", ".join(sorted(self.causes))
        self.observer.changed(self.change, cause=cause, using=self.using)


def after_commit(
    observer: Observer, cause: str, *, change: Change, using: str | None = None
) -> None:
    """Call `observer.changed` once when the current transaction commits; at once in autocommit.

    It is not called if the transaction is rolled back. `using`: the database, by default Django's.

    Raises:
        TransactionManagementError: autocommit is off without `atomic`, so Django does not know when
            the commit happens.
    """
    using = using or DEFAULT_DB_ALIAS
    connection = transaction.get_connection(using)
    pending = next(
        (
            hook
            for _, hook, _ in connection.run_on_commit
            if isinstance(hook, _Announcement) and hook.observer is observer
        ),
        None,
    )
    announcement = pending or _Announcement(observer, using)
    announcement.causes.add(cause)
    if change == "content":
        announcement.change = "content"
    if pending is not None:
        return
    # `on_commit` alone would open a connection to find out, which fails while the database is down.
    if connection.in_atomic_block or (connection.connection and not connection.autocommit):
        transaction.on_commit(announcement, using=using)
    else:
        announcement()
