"""Three workers over one Redis and one PostgreSQL, and what the contract says of each read."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection, transaction

from feed import pages
from freshcache.cache import FreshCache
from freshcache.generation import Change
from freshcache.policy import Outcome
from freshcache.served import Served
from posts.models import User
from tests.proofs.machine.changes import CHANGES, first_people
from tests.proofs.machine.contract import Bump, Contract, Reader
from tests.proofs.machine.history import History, Kind, Place, Row, Version
from tests.proofs.machine.workers import Life, TickingClock, Worker, here
from tests.servers import RedisServer

WORKERS = 3


def this_workers_cache() -> FreshCache:
    """Stands for `feed_cache`: each worker is a process of its own."""
    worker = here()
    assert worker
    return worker.cache


class Announcer:
    """Change the receivers take for a worker's cache: it notes who was told of what, and when."""

    def __init__(self, site: "Site") -> None:
        worker = here()
        assert worker
        self.site = site
        self.worker = worker

    def bump(self, what: Change, cause: str) -> None:
        kind: Kind = "posts" if what == "content" else "counts"
        self._announce(kind, lambda: self.worker.cache.bump(what, cause))

    def _announce(self, what: Kind, tell: Callable[[], None]) -> None:
        site, worker = self.site, self.worker
        version = site.observe(worker)
        if site.dying:
            return
        before = site.history.latest
        tell()
        if version is not None:
            site.answered(version, told=worker.told)
        if what == "posts" and worker.told:
            site.contract.bumps.append(Bump(worker.life, before, site.clock()))


class Site:
    """`story` is what happened so far, in lines. `counted` is of all stories together."""

    def __init__(self, server: RedisServer) -> None:
        self.server = server
        self.clock = TickingClock()
        self.workers = [Worker(number, server.port, self.clock) for number in range(WORKERS)]
        self.history = History(self.clock)
        self.contract = Contract(self.history)
        self.counted: Counter[str] = Counter()
        self.story: list[str] = []
        self.kinds: list[Kind] = []
        self.generation: dict[Life, int] = {}
        self.dying = False
        self.began = 0.0

    def begin(self) -> None:
        """A new story: everything is empty but for a few posts."""
        self.story = []
        self.began = self.clock()
        self.kinds = []
        self.dying = True  # nobody hears of what is there from the start
        self.server.start()
        with self.server.client() as client:
            client.flushall()
        for worker in self.workers:
            worker.undisturbed()
            worker.start()
        self.contract.begin()
        self.history.begin()
        self.workers[0].do(first_people)
        self.history.versions.clear()
        self.history.observe(writer=None, kind="posts")
        self.generation = {worker.life: 0 for worker in self.workers}
        self.dying = False
        self.counted["stories"] += 1

    def close(self) -> None:
        for worker in self.workers:
            worker.close()
        self.history.close()

    # --- Change happens ------------------------------------------------------------------------

    def change(self, name: str, n: int) -> None:
        """One change by the worker that this runs in, in the transaction it has open, if any."""
        kind, call = CHANGES[name]
        if not connection.in_atomic_block:
            self.kinds = []
        self.kinds.append(kind)
        if not call(n):
            self.kinds.remove(kind)
        if not connection.in_atomic_block:
            self.settle()

    @contextmanager
    def atomic(self, *, undone: bool) -> Iterator[None]:
        """A transaction or a savepoint."""
        before = list(self.kinds) if connection.in_atomic_block else []
        self.kinds = list(before)
        with transaction.atomic():
            yield
            transaction.set_rollback(undone)
        if undone:
            self.kinds = before
        if not connection.in_atomic_block:
            self.settle()

    def observe(self, worker: Worker) -> Version | None:
        kind: Kind = "posts" if "posts" in self.kinds else "counts"
        writer = None if self.dying else worker.life
        version = self.history.observe(writer=writer, kind=kind)
        if version is not None:
            self.tell(f"  this is version {self.history.latest}, {kind}")
        return version

    def settle(self) -> None:
        """The write is over: what was committed and not announced had to be all the same."""
        worker = here()
        assert worker
        version = self.observe(worker)
        if version is not None and not self.dying:
            self.answered(version, told=worker.shared)
        self.kinds = []

    def answered(self, version: Version, *, told: bool) -> None:
        version.answered = True
        version.told_at = self.clock() if told else None
        self.counted["told" if told else "not told"] += 1

    def heal(self, worker: Worker) -> bool:
        """One probe of an open breaker."""
        before = self.history.latest
        if not worker.do(worker.cache.breaker.attempt):
            return False
        now = self.clock()
        for version in self.history.versions:
            if version.writer is worker.life and version.answered and version.told_at is None:
                version.told_at = now
        self.contract.bumps.append(Bump(worker.life, before, now))
        return True

    def restart(self, worker: Worker) -> None:
        worker.start()
        self.generation[worker.life] = 0

    # --- Change is shown -----------------------------------------------------------------------

    def read(self, worker: Worker, place: Place, *, confirm: bool, inside: bool = False) -> None:
        """Read, and hold what is shown against the contract. `inside`: in a transaction."""
        at = self.clock()
        reader = Reader(worker.life, worker.shared, confirm, at)
        oldest, reason = self.contract.oldest(reader, place)
        generation = self.generation[worker.life]
        try:
            shown, served = worker.do(
                lambda: self.look(worker, place, confirm=confirm, inside=inside)
            )
        except OperationalError:
            self.counted["read: no database, no page"] += 1
            return
        outcome = served.outcome if served else "no such author"
        self.tell(f"  it shows {self._name(shown, place)}: {outcome}")
        self.counted[f"read: {outcome}"] += 1
        # The last good page, and labelled so, may be of any age.
        labelled = served is not None and served.outcome is Outcome.LAST_GOOD
        versions = self.history.versions[0 if labelled else oldest :]
        assert any(version.page(place) == shown for version in versions), (
            f"worker {worker.number} shows {self._name(shown, place)} of {place}, and must show "
            f"version {oldest} or later, for {reason}. The story:\n" + "\n".join(self.story)
        )
        if served and served.shared and served.outcome not in {Outcome.BYPASS, Outcome.LAST_GOOD}:
            assert served.page.generation >= generation, (
                f"worker {worker.number} went back to an older generation. The story:\n"
                + "\n".join(self.story)
            )
            newest = max(served.page.generation, self.generation[worker.life])
            self.generation[worker.life] = newest

    def look(
        self, worker: Worker, place: Place, *, confirm: bool, inside: bool
    ) -> tuple[Row | None, Served | None]:
        """Change a reader gets to see there, through production's own page functions."""
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
        """The version that is shown: the newest that looks like this there."""
        for index in range(self.history.latest, -1, -1):
            if self.history.versions[index].page(place) == shown:
                return f"version {index}"
        return f"what was never committed ({shown})"

    def tell(self, line: str) -> None:
        self.story.append(f"{self.clock() - self.began:9.3f} s {line}")
