"""Say once, after the commit, what a transaction has changed."""

from typing import Protocol

from django.db import DEFAULT_DB_ALIAS, transaction


class Told(Protocol):
    """Who is told after the commit."""

    def changed(self, *, hard: bool, cause: str, using: str) -> None: ...


class _Announcement:
    """One transaction's changes, told when it commits.

    One commit hook is enough, for Django drops a hook only with a savepoint that was open when it
    was registered. Whatever is announced later is announced either after that savepoint, which can
    no longer be rolled back, or inside it, to be dropped with it.

    What a rolled back savepoint added to an older announcement stays in it: that may tell of hard
    changes where counts alone have changed, which is more than needed and never less.
    """

    def __init__(self, told: Told, using: str) -> None:
        self.told = told
        self.using = using
        self.causes: set[str] = set()
        self.hard = False

    def __call__(self) -> None:
        cause = ", ".join(sorted(self.causes))
        self.told.changed(hard=self.hard, cause=cause, using=self.using)


def after_commit(told: Told, cause: str, *, hard: bool, using: str | None = None) -> None:
    """Call `told.changed` once when the current transaction commits; at once in autocommit.

    `hard`: what is shown has changed, and not only counts. `cause`: for the log.

    Raises:
        TransactionManagementError: autocommit is off without `atomic`, so that nobody tells when
            it commits.
    """
    using = using or DEFAULT_DB_ALIAS
    connection = transaction.get_connection(using)
    pending = next(
        (
            hook
            for _, hook, _ in connection.run_on_commit
            if isinstance(hook, _Announcement) and hook.told is told
        ),
        None,
    )
    announcement = pending or _Announcement(told, using)
    announcement.causes.add(cause)
    announcement.hard |= hard
    if pending is not None:
        return
    # Django would connect to find out, and this must work while the database is down.
    if connection.in_atomic_block or (connection.connection and not connection.autocommit):
        transaction.on_commit(announcement, using=using)
    else:
        announcement()
