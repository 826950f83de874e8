"""Three workers over one Redis and one PostgreSQL, and the check of each read."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection, transaction

from feed import pages
from freshcache.cache import FreshCache
from freshcache.policy import Outcome
from freshcache.served import Served
from freshcache.transactions import Change
from posts.models import User
from tests.proofs.machine.changes import CHANGES, create_initial_rows
from tests.proofs.machine.contract import Bump, Contract, Reader
from tests.proofs.machine.history import History, Kind, Place, Row, Version
from tests.proofs.machine.workers import Lifetime, TickingClock, Worker, current_worker
from tests.servers import RedisServer

WORKERS = 3


def this_workers_cache() -> FreshCache:
    """Replacement for `feed_cache`: each worker has the cache of a separate process."""
    worker = current_worker()
    assert worker
    return worker.cache


class Announcer:
    """Replacement for a worker's cache in the receivers: it records each announcement."""

    def __init__(self, site: "Site") -> None:
        worker = current_worker()
        assert worker
        self.site = site
        self.worker = worker

    def bump(self, what: Change, cause: str) -> None:
        kind: Kind = "posts" if what == "content" else "counts"
        self._announce(kind, lambda: self.worker.cache.bump(what, cause))

    def _announce(self, kind: Kind, announce: Callable[[], None]) -> None:
        site, worker = self.site, self.worker
        version = site.observe(worker)
        if site.dying:
            return
        before = site.history.latest
        announce()
        if version is not None:
            site.answered(version, announced=worker.bump_arrived)
        if kind == "posts" and worker.bump_arrived:
            site.contract.bumps.append(Bump(worker.lifetime, before, site.clock()))


class Site:
    """`trace`: the lines of this sequence so far. `counted`: totals of all sequences."""

    def __init__(self, server: RedisServer) -> None:
        self.server = server
        self.clock = TickingClock()
        self.workers = [Worker(number, server.port, self.clock) for number in range(WORKERS)]
        self.history = History(self.clock)
        self.contract = Contract(self.history)
        self.counted: Counter[str] = Counter()
        self.trace: list[str] = []
        self.kinds: list[Kind] = []
        self.generation: dict[Lifetime, int] = {}
        self.dying = False
        self.began = 0.0

    def begin(self) -> None:
        """Begin a new sequence, with only the initial rows."""
        self.trace = []
        self.began = self.clock()
        self.kinds = []
        self.dying = True  # the initial rows are not announced
        self.server.start()
        with self.server.client() as client:
            client.flushall()
        for worker in self.workers:
            worker.clear_interruptions()
            worker.start()
        self.contract.begin()
        self.history.begin()
        self.workers[0].do(create_initial_rows)
        self.history.versions.clear()
        self.history.observe(writer=None, kind="posts")
        self.generation = {worker.lifetime: 0 for worker in self.workers}
        self.dying = False
        self.counted["sequences"] += 1

    def close(self) -> None:
        for worker in self.workers:
            worker.close()
        self.history.close()

    # --- Changes -------------------------------------------------------------------------------

    def change(self, name: str, n: int) -> None:
        """Make one change by the current worker, in its open transaction, if any."""
        kind, call = CHANGES[name]
        if not connection.in_atomic_block:
            self.kinds = []
        self.kinds.append(kind)
        if not call(n):
            self.kinds.remove(kind)
        if not connection.in_atomic_block:
            self.finish_write()

    @contextmanager
    def atomic(self, *, rolled_back: bool) -> Iterator[None]:
        """Open a transaction, or a savepoint inside one."""
        before = list(self.kinds) if connection.in_atomic_block else []
        self.kinds = list(before)
        with transaction.atomic():
            yield
            transaction.set_rollback(rolled_back)
        if rolled_back:
            self.kinds = before
        if not connection.in_atomic_block:
            self.finish_write()

    def observe(self, worker: Worker) -> Version | None:
        kind: Kind = "posts" if "posts" in self.kinds else "counts"
        writer = None if self.dying else worker.lifetime
        version = self.history.observe(writer=writer, kind=kind)
        if version is not None:
            self.record(f"  this is version {self.history.latest}, {kind}")
        return version

    def finish_write(self) -> None:
        """The write has ended. A version that was committed without an announcement is complete
        now."""
        worker = current_worker()
        assert worker
        version = self.observe(worker)
        if version is not None and not self.dying:
            self.answered(version, announced=worker.shared)
        self.kinds = []

    def answered(self, version: Version, *, announced: bool) -> None:
        version.answered = True
        version.told_at = self.clock() if announced else None
        self.counted["announced" if announced else "not announced"] += 1

    def probe(self, worker: Worker) -> bool:
        """Send one probe of an open breaker; return whether it closed."""
        before = self.history.latest
        if not worker.do(worker.cache.breaker.attempt):
            return False
        now = self.clock()
        for version in self.history.versions:
            if version.writer is worker.lifetime and version.answered and version.told_at is None:
                version.told_at = now
        self.contract.bumps.append(Bump(worker.lifetime, before, now))
        return True

    def restart(self, worker: Worker) -> None:
        worker.start()
        self.generation[worker.lifetime] = 0

    # --- Reads ---------------------------------------------------------------------------------

    def read(self, worker: Worker, place: Place, *, confirm: bool, inside: bool = False) -> None:
        """Read, and check the page against the contract. `inside`: in a transaction."""
        at = self.clock()
        reader = Reader(worker.lifetime, worker.shared, confirm, at)
        oldest, reason = self.contract.oldest(reader, place)
        generation = self.generation[worker.lifetime]
        try:
            shown, served = worker.do(
                lambda: self.load_page(worker, place, confirm=confirm, inside=inside)
            )
        except OperationalError:
            self.counted["read: no database, no page"] += 1
            return
        outcome = served.outcome if served else "no such author"
        self.record(f"  it shows {self._name(shown, place)}: {outcome}")
        self.counted[f"read: {outcome}"] += 1
        # The last good page is labelled, and may be of any age.
        labelled = served is not None and served.outcome is Outcome.LAST_GOOD
        versions = self.history.versions[0 if labelled else oldest :]
        assert any(version.page(place) == shown for version in versions), (
            f"worker {worker.number} shows {self._name(shown, place)} of {place}, and must show "
            f"version {oldest} or later, for {reason}. The trace:\n" + "\n".join(self.trace)
        )
        if served and served.shared and served.outcome not in {Outcome.BYPASS, Outcome.LAST_GOOD}:
            assert served.page.generation >= generation, (
                f"worker {worker.number} went back to an older generation. The trace:\n"
                + "\n".join(self.trace)
            )
            newest = max(served.page.generation, self.generation[worker.lifetime])
            self.generation[worker.lifetime] = newest

    def load_page(
        self, worker: Worker, place: Place, *, confirm: bool, inside: bool
    ) -> tuple[Row | None, Served | None]:
        """Return the page as readers get it, by production's own page functions."""
        options: dict[str, Any] = {"after": place.after, "limit": place.limit, "confirm": confirm}
        with connection.execute_wrapper(worker.around_query):
            try:
                if inside:
                    with transaction.atomic():
                        served = self._page(place, options)
                else:
                    served = self._page(place, options)
            except User.DoesNotExist:
                return None, None
        return served.page.data, served

    @staticmethod
    def _page(place: Place, options: dict[str, Any]) -> Served:
        if place.author:
            return pages.get_author_page(place.author, **options)
        return pages.get_feed_page(**options)

    def _name(self, shown: Row | None, place: Place) -> str:
        """Return the newest version that looks like this."""
        for index in range(self.history.latest, -1, -1):
            if self.history.versions[index].page(place) == shown:
                return f"version {index}"
        return f"a state that was never committed ({shown})"

    def record(self, line: str) -> None:
        self.trace.append(f"{self.clock() - self.began:9.3f} s {line}")
