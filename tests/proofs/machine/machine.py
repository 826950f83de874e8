"""The rules: steps in any order, and faults between any two steps of a read or write."""

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

# Just below and above the limits: trust 0.05 s, counts 1 and 1.5 s, without Redis 2 s; a feed
# page is renewed after 25 s and ends after 30 s, an author's page after 295 s and 300 s.
SHORT_SECONDS = (0.01, 0.06, 0.7, 1.05, 1.6, 2.1)
PAUSE_SECONDS = (0.0, 0.045, 0.045, 1.2, 12.0, 20.0)
LONG_SECONDS = (12.0, 20.0, 26.0, 31.0, 290.0, 301.0)


@dataclass(frozen=True, slots=True)
class Change:
    name: str
    n: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the feed, or of an author. `older`: the page after the first `limit` posts."""

    author: str = ""
    limit: int = 20
    older: bool = False


Event = Literal[
    "a change", "a lost change", "a read", "time passes", "flush", "evict", "cut", "no answer"
]
Shape = Literal[
    "committed", "rolled back", "savepoint kept", "savepoint rolled back", "first rolled back"
]


@dataclass(frozen=True, slots=True)
class Interruption:
    """An event before or after the next such step of a worker, caused by worker `by`."""

    when: When
    step: Point
    event: Event
    by: int
    n: int


workers_drawn = st.integers(0, WORKERS - 1)
numbers = st.integers(0, 5)
changes = st.builds(Change, st.sampled_from(tuple(CHANGES)), numbers)
count_changes = changes.filter(lambda change: CHANGES[change.name][0] == "counts")
pages_drawn = st.one_of(
    st.builds(Page, limit=st.sampled_from((20, 2)), older=st.booleans()),
    st.builds(Page, author=st.sampled_from(("ada", "bob", "ada", "bob", "cleo"))),
)
shapes: st.SearchStrategy[Shape] = st.sampled_from(get_args(Shape))
interruptions = st.builds(
    Interruption,
    step=st.sampled_from(("load", "confirm", "fill", "get", "lease")),
    by=workers_drawn,
    n=numbers,
)


class Machine(RuleBasedStateMachine):
    """One sequence. Each rule records what it does. `Site.read` checks what a read shows."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.site = site
        site.begin()

    # --- Reading and writing -----------------------------------------------------------------

    @rule(by=workers_drawn, page=pages_drawn, confirm=st.booleans())
    def read(self, by: int, page: Page, confirm: bool) -> None:
        self._read(by, page, confirm=confirm)

    @rule(by=workers_drawn, page=pages_drawn)
    def read_in_a_transaction(self, by: int, page: Page) -> None:
        self._read(by, page, inside=True)

    @rule(page=pages_drawn)
    def read_everywhere(self, page: Page) -> None:
        for by in range(WORKERS):
            self._read(by, page)

    @rule(by=workers_drawn, page=pages_drawn, other=interruptions)
    def read_with_interruption(self, by: int, page: Page, other: Interruption) -> None:
        with self._interrupted(by, other):
            self._read(by, page)
        self._read(by, page)

    @rule(by=workers_drawn, change=changes)
    def write(self, by: int, change: Change) -> None:
        self._write(by, change)

    @rule(by=workers_drawn, change=changes, page=pages_drawn)
    def read_write_and_read(self, by: int, change: Change, page: Page) -> None:
        self._read(by, page)
        self._write(by, change)
        self.read_everywhere(page)

    @rule(by=workers_drawn, change=changes, page=pages_drawn, other=interruptions)
    def write_with_interruption(
        self, by: int, change: Change, page: Page, other: Interruption
    ) -> None:
        with self._interrupted(by, other):
            self._write(by, change)
        self.read_everywhere(page)

    @rule(by=workers_drawn, change=changes, page=pages_drawn)
    def read_write_and_die(self, by: int, change: Change, page: Page) -> None:
        """The worker dies after the commit and before the announcement, and is replaced."""
        self._read((by + 1) % WORKERS, page)
        self._write_and_die(by, change)

    def _write_and_die(self, by: int, change: Change) -> None:
        self.site.record(f"worker {by} dies after its write:")
        self.site.dying = True
        self._write(by, change)
        self.site.dying = False
        self.site.restart(self._worker(by))

    @rule(by=workers_drawn, shape=shapes, first=changes, second=changes, page=pages_drawn)
    def transaction(self, by: int, shape: Shape, first: Change, second: Change, page: Page) -> None:
        """Before it ends, it reads the page itself, and so do others; and all of them after it."""
        worker, site = self._worker(by), self.site

        def run() -> None:
            with site.atomic(rolled_back=shape == "rolled back"):
                with (
                    site.atomic(rolled_back=True) if shape == "first rolled back" else nullcontext()
                ):
                    site.change(first.name, first.n)
                with (
                    site.atomic(rolled_back=shape == "savepoint rolled back")
                    if shape.startswith("savepoint")
                    else nullcontext()
                ):
                    site.change(second.name, second.n)
                    site.load_page(worker, self._place(page), confirm=False, inside=True)
                for other in {*range(WORKERS)} - {by}:
                    self._read(other, page)

        site.record(f"worker {by}, {shape}: {first}, {second}")
        worker.do(run)
        self.read_everywhere(page)

    # --- Time and faults ---------------------------------------------------------------------

    @rule(seconds=st.sampled_from(SHORT_SECONDS + LONG_SECONDS), page=pages_drawn)
    def time_passes(self, seconds: float, page: Page) -> None:
        self.site.clock.advance(seconds)
        self.read_everywhere(page)

    @rule(page=pages_drawn, by=workers_drawn, change=count_changes, n=st.integers(1, 3))
    def counts_change(self, page: Page, by: int, change: Change, n: int) -> None:
        """Counts change, and all workers read after each of `n` pauses of 0.55 s."""
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

    @rule(by=workers_drawn, change=changes, page=pages_drawn)
    def cut_and_write(self, by: int, change: Change, page: Page) -> None:
        """A worker without Redis changes what all workers have just read."""
        self.read_everywhere(page)
        self.site.record(f"worker {by} is cut off from Redis")
        self._worker(by).cut()
        self._write(by, change)

    @rule(by=workers_drawn)
    def cut(self, by: int) -> None:
        self.site.record(f"worker {by} is cut off from Redis")
        self._worker(by).cut()

    @rule(by=workers_drawn)
    def come_back(self, by: int) -> None:
        """The network is back, and a probe closes the breaker."""
        self.site.record(f"worker {by} is no longer cut off")
        self._worker(by).connect()
        self._probe(by)

    @rule(by=workers_drawn, other=interruptions)
    def come_back_with_interruption(self, by: int, other: Interruption) -> None:
        self.site.record(f"worker {by} is no longer cut off")
        self._worker(by).connect()
        with self._interrupted(by, other):
            self._probe(by, certain=False)

    @rule(by=workers_drawn)
    def restart_a_worker(self, by: int) -> None:
        self.site.record(f"worker {by} is restarted")
        self.site.restart(self._worker(by))

    @rule()
    def restart_redis(self) -> None:
        self.site.record("Redis is restarted, empty")
        self.site.server.kill()
        self.site.server.start()

    @rule(page=pages_drawn)
    def all_faults_end(self, page: Page) -> None:
        """All faults end, and no worker shows an older state."""
        for by in range(WORKERS):
            self.come_back(by)
        self.site.clock.advance(SHORT_SECONDS[1])
        self.read_everywhere(page)

    # --- Details ---------------------------------------------------------------------------------

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
        self.site.record(f"worker {by} reads {place}{how}")
        self.site.read(self._worker(by), place, confirm=confirm, inside=inside)

    def _write(self, by: int, change: Change) -> None:
        self.site.record(f"worker {by}: {change}")
        self._worker(by).do(lambda: self.site.change(change.name, change.n))

    def _probe(self, by: int, *, certain: bool = True) -> None:
        worker = self._worker(by)
        if worker.shared:
            return
        healed = self.site.probe(worker)
        self.site.record(f"worker {by}'s breaker {'closes' if healed else 'stays open'}")
        assert healed or not certain, "Redis answers, but the breaker does not close"

    def _redis(self, command: str) -> None:
        self.site.record(command)
        with self.site.server.client() as client:
            client.execute_command(command)

    def _evict(self, n: int) -> None:
        with self.site.server.client() as client:
            if keys := sorted(client.keys()):
                self.site.record(f"{keys[n % len(keys)]} is evicted")
                client.delete(keys[n % len(keys)])

    @contextmanager
    def _interrupted(self, by: int, other: Interruption) -> Iterator[None]:
        worker = self._worker(by)
        worker.interrupt(other.when, other.step, lambda: self._happens(worker, other))
        try:
            yield
        finally:
            worker.clear_interruptions()

    def _happens(self, worker: Worker, other: Interruption) -> None:
        self.site.record(f"  {other.when} its {other.step}: {other.event}")
        self.site.counted[f"interruption: {other.event}"] += 1
        match other.event:
            case "a change":
                self._write(other.by, Change(tuple(CHANGES)[3 * other.n], other.n))
                self.site.clock.advance(PAUSE_SECONDS[other.n])
            case "a lost change" if other.by != worker.number:
                self._write_and_die(other.by, Change("save", other.n))
                self.site.clock.advance(PAUSE_SECONDS[other.n])
            case "a read":
                # Another worker reads: this one would wait for itself.
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
                pass  # no other worker could die
