"""The cache: where reads and invalidations begin."""

from collections.abc import Hashable
from dataclasses import replace

from django.db import transaction

from freshcache.engine import Engine
from freshcache.memory import Weighed
from freshcache.policy import Outcome, Room, Work
from freshcache.read import Load, Read
from freshcache.served import Served
from freshcache.transactions import after_commit


class FreshCache(Engine):
    """A cache of pages that never shows what has changed. Thread-safe.

    Make one for each namespace and process; `Engine` describes the arguments.
    """

    def read(
        self,
        name: str,
        load: Load,
        *,
        ttl_seconds: float,
        confirm: bool = False,
        may_fill: bool | None = None,
        room: Room = Room.LINKED,
        work: Work = Work.ORDINARY,
    ) -> Served:
        """Return the page, from the cache if it is fresh, else from `load`.

        Args:
            name: The name of the page: up to 200 letters, digits and `_:.-`.
            load: Returns the body from the database.
            ttl_seconds: The longest time the page may be served, counted from its snapshot.
            confirm: Ask for the generation even if a known one is trusted, so that the page
                includes all that was committed before this call.
            may_fill: Whether other readers may get what `load` returns. By default, unless a
                transaction of the default database is open: it may see its own uncommitted writes,
                or an old snapshot.
            room: Where the page is kept. Pages are equally fresh in all rooms.
            work: The cost of the load. Only a few threads at a time do other work than ORDINARY;
                hits don't count.

        Raises:
            Busy: too many threads do such work already.
            Exception: `load` raised it. But if that is a failure of the database, and a page is
                still in memory, that page is returned as LAST_GOOD.
        """
        if may_fill is None:
            may_fill = not transaction.get_connection().in_atomic_block
        return Read(
            self, name, load, ttl_seconds, confirm=confirm, may_fill=may_fill, room=room, work=work
        ).run()

    def keep(self, served: Served, key: Hashable, made: Weighed) -> None:
        """Keep with a page an object that was made of its body. Other threads can then use it."""
        served.page.made[key] = made
        self.memories[served.room].weigh(served.name, served.page)

    def share(self, served: Served) -> Served:
        """Move an isolated page to the shared ones of this process; return it from there."""
        if served.outcome is Outcome.BYPASS or served.outcome is Outcome.LAST_GOOD:
            return served
        # A copy: what is made of each page is weighed in the memory where that page is.
        page = replace(served.page)
        self.memories[Room.LINKED].put(served.name, page)
        return replace(served, page=page, room=Room.LINKED)

    def invalidate(self, cause: str, *, using: str | None = None) -> None:
        """Announce that pages have changed: none from before is a hit any more.

        In a transaction of the database `using`, this happens after the commit, once for each
        transaction, and not if it is rolled back. `cause`: words for the log.
        """
        after_commit(self, cause, change="content", using=using)

    def invalidate_counts(self, cause: str, *, using: str | None = None) -> None:
        """Announce that only counts have changed: each page is renewed at most once a second.

        See `invalidate` for when this happens.
        """
        after_commit(self, cause, change="counts", using=using)
