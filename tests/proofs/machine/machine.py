"""The rules: what may happen, in any order, and between any two steps of what else happens."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Literal, get_args

from django.db import OperationalError
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from feed.cursors import Cursor
from tests.proofs.machine.changes import CHANGES
from tests.proofs.machine.history import Place
from tests.proofs.machine.site import WORKERS, Site
from tests.proofs.machine.workers import Point, When, Worker

# Around the bounds: trusted for 0.05 s, counts for 1 and 1.5 s, away for 2 s; a feed page is
# renewed after 25 s and ends after 30, an author's after 295 and 300.
SHORT_SECONDS = (0.01, 0.06, 0.7, 1.05, 1.6, 2.1)
A_WHILE_SECONDS = (0.0, 0.045, 0.045, 1.2, 12.0, 20.0)
LONG_SECONDS = (12.0, 20.0, 26.0, 31.0, 290.0, 301.0)


@dataclass(frozen=True, slots=True)
class Change:
    name: str
    n: int


@dataclass(frozen=True, slots=True)
class Page:
    """Of the feed, or of an author. `older`: what follows the first `limit` posts."""

    author: str = ""
    limit: int = 20
    older: bool = False


Event = Literal[
    "a change", "a lost change", "a read", "time passes", "flush", "evict", "cut", "no answer"
]
Shape = Literal["committed", "rolled back", "savepoint kept", "savepoint undone", "undone first"]


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What happens around the next such step of a worker, to it or by `by`."""

    when: When
    step: Point
    event: Event
    by: int
    n: int


some_worker = st.integers(0, WORKERS - 1)
numbers = st.integers(0, 5)
changing = st.builds(Change, st.sampled_from(tuple(CHANGES)), numbers)
counting = changing.filter(lambda change: CHANGES[change.name][0] == "counts")
somewhere = st.one_of(
    st.builds(Page, limit=st.sampled_from((20, 2)), older=st.booleans()),
    st.builds(Page, author=st.sampled_from(("ada", "bob", "ada", "bob", "cleo"))),
)
shapes: st.SearchStrategy[Shape] = st.sampled_from(get_args(Shape))
something = st.builds(
    Meanwhile,
    step=st.sampled_from(("load", "confirm", "fill", "get", "lease")),
    by=some_worker,
    n=numbers,
)


class Machine(RuleBasedStateMachine):
    """One story. Each rule tells what it does; what a read shows is checked in `Site.read`."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.site = site
        site.begin()

    # --- Reading and writing -----------------------------------------------------------------

    @rule(by=some_worker, page=somewhere, confirm=st.booleans())
    def read(self, by: int, page: Page, confirm: bool) -> None:
        self._read(by, page, confirm=confirm)

    @rule(by=some_worker, page=somewhere)
    def read_in_a_transaction(self, by: int, page: Page) -> None:
        self._read(by, page, inside=True)

    @rule(page=somewhere)
    def read_everywhere(self, page: Page) -> None:
        for by in range(WORKERS):
            self._read(by, page)

    @rule(by=some_worker, page=somewhere, other=something)
    def read_and_meanwhile(self, by: int, page: Page, other: Meanwhile) -> None:
        with self._interrupted(by, other):
            self._read(by, page)
        self._read(by, page)

    @rule(by=some_worker, change=changing)
    def write(self, by: int, change: Change) -> None:
        self._write(by, change)

    @rule(by=some_worker, change=changing, page=somewhere)
    def read_write_and_read(self, by: int, change: Change, page: Page) -> None:
        self._read(by, page)
        self._write(by, change)
        self.read_everywhere(page)

    @rule(by=some_worker, change=changing, page=somewhere, other=something)
    def write_and_meanwhile(self, by: int, change: Change, page: Page, other: Meanwhile) -> None:
        with self._interrupted(by, other):
            self._write(by, change)
        self.read_everywhere(page)

    @rule(by=some_worker, change=changing, page=somewhere)
    def read_write_and_die(self, by: int, change: Change, page: Page) -> None:
        """It dies after the commit and before anybody is told; another one takes its place."""
        self._read((by + 1) % WORKERS, page)
        self._write_and_die(by, change)

    def _write_and_die(self, by: int, change: Change) -> None:
        self.site.tell(f"worker {by} dies as it has written:")
        self.site.dying = True
        self._write(by, change)
        self.site.dying = False
        self.site.restart(self._worker(by))

    @rule(by=some_worker, shape=shapes, first=changing, second=changing, page=somewhere)
    def transaction(self, by: int, shape: Shape, first: Change, second: Change, page: Page) -> None:
        """Before it ends, it reads the page itself, and so do others; and all of them after it."""
        worker, site = self._worker(by), self.site

        def run() -> None:
            with site.atomic(undone=shape == "rolled back"):
                with site.atomic(undone=True) if shape == "undone first" else nullcontext():
                    site.change(first.name, first.n)
                with (
                    site.atomic(undone=shape == "savepoint undone")
                    if shape.startswith("savepoint")
                    else nullcontext()
                ):
                    site.change(second.name, second.n)
                    site.look(worker, self._place(page), confirm=False, inside=True)
                for other in {*range(WORKERS)} - {by}:
                    self._read(other, page)

        site.tell(f"worker {by}, {shape}: {first}, {second}")
        worker.do(run)
        self.read_everywhere(page)

    # --- Time and faults ---------------------------------------------------------------------

    @rule(seconds=st.sampled_from(SHORT_SECONDS + LONG_SECONDS), page=somewhere)
    def time_passes(self, seconds: float, page: Page) -> None:
        self.site.clock.advance(seconds)
        self.read_everywhere(page)

    @rule(page=somewhere, by=some_worker, change=counting, n=st.integers(1, 3))
    def counts_change(self, page: Page, by: int, change: Change, n: int) -> None:
        """And are waited for, a bit more than half a second at a time."""
        self.read_everywhere(page)
        self._write(by, change)
        for _ in range(n):
            self.site.clock.advance(0.55)
            self.read_everywhere(page)

    @rule()
    def flush(self) -> None:
        self._redis("FLUSHALL")

    @rule()
    def forget_scripts(self) -> None:
        self._redis("SCRIPT FLUSH")

    @rule(n=numbers)
    def evict(self, n: int) -> None:
        self._evict(n)

    @rule(by=some_worker, change=changing, page=somewhere)
    def cut_and_write(self, by: int, change: Change, page: Page) -> None:
        """What everybody has just read changes by somebody who can't tell."""
        self.read_everywhere(page)
        self.site.tell(f"worker {by} is cut off from Redis")
        self._worker(by).cut()
        self._write(by, change)

    @rule(by=some_worker)
    def cut(self, by: int) -> None:
        self.site.tell(f"worker {by} is cut off from Redis")
        self._worker(by).cut()

    @rule(by=some_worker)
    def come_back(self, by: int) -> None:
        """The network is back, and the breaker finds it out."""
        self.site.tell(f"worker {by} is no longer cut off")
        self._worker(by).connect()
        self._heal(by)

    @rule(by=some_worker, other=something)
    def come_back_and_meanwhile(self, by: int, other: Meanwhile) -> None:
        self.site.tell(f"worker {by} is no longer cut off")
        self._worker(by).connect()
        with self._interrupted(by, other):
            self._heal(by, certain=False)

    @rule(by=some_worker)
    def restart_a_worker(self, by: int) -> None:
        self.site.tell(f"worker {by} is started again")
        self.site.restart(self._worker(by))

    @rule()
    def restart_redis(self) -> None:
        self.site.tell("Redis is started again, empty")
        self.site.server.kill()
        self.site.server.start()

    @rule(page=somewhere)
    def all_is_well(self, page: Page) -> None:
        """Faults are over: everybody comes back, and nobody shows what was before."""
        for by in range(WORKERS):
            self.come_back(by)
        self.site.clock.advance(SHORT_SECONDS[1])
        self.read_everywhere(page)

    # --- How ---------------------------------------------------------------------------------

    def _worker(self, by: int) -> Worker:
        return self.site.workers[by]

    def _place(self, page: Page) -> Place:
        """Older posts begin where the first page ends now."""
        place = Place(page.limit, page.author)
        shown = self.site.history.versions[-1].page(place)
        after = shown["next"] if shown and page.older else None
        return Place(page.limit, page.author, Cursor.decode(after)) if after else place

    def _read(self, by: int, page: Page, *, confirm: bool = False, inside: bool = False) -> None:
        place = self._place(page)
        how = " in a transaction" * inside + " and asks Redis first" * confirm
        self.site.tell(f"worker {by} reads {place}{how}")
        self.site.read(self._worker(by), place, confirm=confirm, inside=inside)

    def _write(self, by: int, change: Change) -> None:
        self.site.tell(f"worker {by}: {change}")
        self._worker(by).do(lambda: self.site.change(change.name, change.n))

    def _heal(self, by: int, *, certain: bool = True) -> None:
        worker = self._worker(by)
        if worker.shared:
            return
        healed = self.site.heal(worker)
        self.site.tell(f"worker {by}'s breaker {'closes' if healed else 'stays open'}")
        assert healed or not certain, "Redis answers, and the breaker does not close"

    def _redis(self, command: str) -> None:
        self.site.tell(command)
        with self.site.server.client() as client:
            client.execute_command(command)

    def _evict(self, n: int) -> None:
        with self.site.server.client() as client:
            if keys := sorted(client.keys()):
                self.site.tell(f"{keys[n % len(keys)]} is evicted")
                client.delete(keys[n % len(keys)])

    @contextmanager
    def _interrupted(self, by: int, other: Meanwhile) -> Iterator[None]:
        worker = self._worker(by)
        worker.interrupt(other.when, other.step, lambda: self._happens(worker, other))
        try:
            yield
        finally:
            worker.undisturbed()

    def _happens(self, worker: Worker, other: Meanwhile) -> None:
        self.site.tell(f"  {other.when} its {other.step}: {other.event}")
        self.site.counted[f"meanwhile: {other.event}"] += 1
        match other.event:
            case "a change":
                self._write(other.by, Change(tuple(CHANGES)[3 * other.n], other.n))
                self.site.clock.advance(A_WHILE_SECONDS[other.n])
            case "a lost change" if other.by != worker.number:
                self._write_and_die(other.by, Change("save", other.n))
                self.site.clock.advance(A_WHILE_SECONDS[other.n])
            case "a read":
                # Not by the same one, whose step would wait for itself.
                by = other.by if other.by != worker.number else (other.by + 1) % WORKERS
                self._read(by, Page(limit=2))
            case "time passes":
                self.site.clock.advance((*SHORT_SECONDS[1:], LONG_SECONDS[0])[other.n])
            case "flush":
                self._redis("FLUSHALL")
            case "evict":
                self._evict(other.n)
            case "cut":
                worker.cut()
            case "no answer" if other.step == "load":
                raise OperationalError("the database went away")
            case "no answer":
                worker.lose_answer()
            case _:
                pass  # nobody else is there to die
