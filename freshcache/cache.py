"""A cache: where reads and invalidations begin."""

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
    """The pages of one kind, the same in every process with this namespace; see `Engine`."""

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
        """The page called `name`, from wherever it is fresh, else by `load`.

        `confirm`: ask for the generation even if one is trusted, so that the reader sees whatever
        was committed before. `may_fill`: whether what `load` returns may be kept for others; left
        out, it may unless a transaction of the default database is open, for what that sees may be
        its own, or of before.

        `room`: where the page is kept. In each it is as fresh as in the others. `work`: what the
        load may cost; only so many threads do work that is not ORDINARY at a time. Raise `Busy`
        for one more; a hit takes no place among them.

        Raise what `load` raises; but where that is a database failure and an earlier page is
        still in memory, return that one, as ERROR.
        """
        if may_fill is None:
            may_fill = not transaction.get_connection().in_atomic_block
        return Read(
            self, name, load, ttl_seconds, confirm=confirm, may_fill=may_fill, room=room, work=work
        ).run()

    def keep(self, served: Served, key: Hashable, made: Weighed) -> None:
        """Keep with a page what was made of its body. Other threads may find it there."""
        served.page.made[key] = made
        self.memories[served.room].weigh(served.name, served.page)

    def share(self, served: Served) -> Served:
        """Keep an isolated page among the shared ones, which turned out to be one of them."""
        if served.outcome is Outcome.BYPASS or served.outcome is Outcome.LAST_GOOD:
            return served
        # Another page of the same bytes: what is made of each is weighed where it is kept.
        page = replace(served.page)
        self.memories[Room.LINKED].put(served.name, page)
        return replace(served, page=page, room=Room.LINKED)

    def invalidate(self, cause: str, *, using: str | None = None) -> None:
        """What pages show has changed: once it is committed, no page of before is a hit any more.

        In a transaction (of the database `using`) this waits for the commit and is done once, and
        not at all if it is rolled back.
        """
        after_commit(self, cause, hard=True, using=using)

    def invalidate_counts(self, cause: str, *, using: str | None = None) -> None:
        """Only counts have changed: pages follow softly, one refresh a second each at the most.

        When it is done: see `invalidate`.
        """
        after_commit(self, cause, hard=False, using=using)
