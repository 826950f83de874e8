"""The simulated fleet does what the real one does, and the formulas say what it comes to."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from benchmarks.fleet import __main__ as command
from benchmarks.fleet import formulas, reading
from benchmarks.fleet.simulation import Found, run, simulate
from benchmarks.fleet.traffic import WRITE, Arrival, Fleet
from benchmarks.machine import ROOT
from benchmarks.results import shown
from freshcache.policy import Policy
from tests.servers import RedisServer
from tests.unit.freshcache.fleet import Fleet as RealFleet

# What both count. Of the real one, `confirm` has the bumps in it.
COUNTED = ("confirm", "get", "lease", "fill", "release", "loads", "hits", "stale_hits", "misses")
# By then whatever came before is answered; this one itself no more.
AFTERWARDS = (2.0, 0, 0)


@pytest.fixture
def real(redis_server: RedisServer) -> Iterator[RealFleet]:
    fleet = RealFleet(redis_server)
    yield fleet
    fleet.close()


def drive(
    real: RealFleet, fleet: Fleet, arrivals: list[Arrival]
) -> tuple[Counter[str], list[float]]:
    """What the production cache asks for and answers when the same come, and each commit's lag."""
    policy = fleet.policy
    workers = [
        real.worker(trust_seconds=policy.trust_seconds, sleep=lambda _: None)
        for _ in range(fleet.workers)
    ]
    began = real.clock.now
    commits: list[float] = []
    lags: list[float] = []
    for moment, number, page in arrivals:
        real.clock.now = began + moment
        if page == WRITE:
            workers[number].write()
            commits.append(moment)
            lags.append(0.0)
            continue
        version = workers[number].version(f"page{page}", ttl_seconds=fleet.ttl_seconds)
        for lacking in range(version, len(commits)):
            lags[lacking] = max(lags[lacking], moment - commits[lacking])
    counted: Counter[str] = Counter(loads=real.source.loads)
    for worker in workers:
        counted += worker.steps.calls
        counted += Counter(worker.cache.metrics.counts())
    return counted, sorted(lags)


def counts(found: Counter[str]) -> dict[str, int]:
    return {what: found[what] for what in COUNTED}


def simulated_counts(found: Found) -> dict[str, int]:
    return counts(found.counted + Counter(confirm=found.counted["bump"]))


@pytest.mark.redis
@pytest.mark.parametrize("writes", [0.0, 2.0, 40.0])
def test_the_production_cache_asks_the_same_of_redis_and_the_database(
    real: RealFleet, writes: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each read ends before the next one comes, here as there.
    monkeypatch.setattr(reading, "POLL_SECONDS", 0.0)
    fleet = Fleet(
        workers=3,
        reads=30,
        writes=writes,
        pages=3,
        ttl_seconds=2,
        redis_seconds=0,
        load_seconds=0,
        policy=Policy(),
    )
    arrivals = list(fleet.arrivals(8, seed=1))
    found = run(fleet, arrivals)
    counted, lags = drive(real, fleet, arrivals)
    assert simulated_counts(found) == counts(counted)
    assert found.lags == pytest.approx(lags)
    assert found.counted["loads"] > 5
    assert found.counted["confirm"] > 100


@pytest.mark.redis
def test_the_production_cache_keeps_a_load_that_was_outrun_as_long_as_this_one(
    real: RealFleet,
) -> None:
    fleet = Fleet(workers=2, load_seconds=0.006, policy=Policy())
    found = run(fleet, [(1.0, 0, 0), (1.003, 1, WRITE), (1.2, 0, 0), (1.4, 0, 0), AFTERWARDS])
    reader, writer = real.worker(), real.worker()
    real.source.during = writer.write
    for _ in range(3):
        reader.read()
        real.clock.advance(0.2)
    calls = reader.steps.calls + writer.steps.calls + Counter(loads=real.source.loads)
    outcomes = Counter(reader.cache.metrics.counts())
    assert simulated_counts(found) == counts(calls + outcomes)
    assert found.counted["discarded_fills"] == outcomes["discarded_fills"] == 1


def test_who_comes_while_a_page_is_loaded_waits_for_that_load() -> None:
    fleet = Fleet(workers=3, policy=Policy())
    at_once = [(1 + number / 1e4, number % 3, 0) for number in range(12)]
    found = run(fleet, [*at_once, AFTERWARDS])
    assert found.counted["loads"] == 1
    assert found.counted["waits"] == found.counted["hits"] == 11
    assert found.counted["confirm"] == 3


@pytest.mark.parametrize("workers", [1, 10, 100])
@pytest.mark.parametrize("writes", [0.0, 1.0, 10.0])
def test_questions_are_those_of_the_formula_within_3_percent(workers: int, writes: float) -> None:
    found = simulate(Fleet(workers=workers, writes=writes), seed=1)
    asked = found.per_second("confirm")
    assert asked == pytest.approx(formulas.questions(found.fleet), rel=0.03)


# Where writes are rare beside a load and the page is often read.
FLEETS = [(1, 1, 1), (1, 10, 1), (10, 1, 1), (10, 10, 1), (100, 10, 1), (1, 10, 20), (10, 1, 20)]


@pytest.mark.parametrize(("workers", "writes", "pages"), FLEETS)
def test_loads_by_write_are_those_of_the_formula_within_15_percent(
    workers: int, writes: float, pages: int
) -> None:
    found = simulate(Fleet(workers=workers, writes=writes, pages=pages), seed=1)
    assert found.loads_per_write == pytest.approx(formulas.loads_per_write(found.fleet), rel=0.15)


@pytest.mark.parametrize(("workers", "writes", "pages"), FLEETS)
def test_commands_are_those_of_the_formula_within_20_percent(
    workers: int, writes: float, pages: int
) -> None:
    found = simulate(Fleet(workers=workers, writes=writes, pages=pages), seed=1)
    # With as many writes as there were: in a second of a large fleet, chance decides how many.
    fleet = replace(found.fleet, writes=found.per_second("bump"))
    assert found.commands / found.seconds == pytest.approx(formulas.commands(fleet), rel=0.2)


def test_without_writes_the_fleet_loads_a_page_once_in_the_time_before_its_grace() -> None:
    fleet = Fleet(workers=10, reads=20, writes=0, ttl_seconds=4)
    found = simulate(fleet, seed=1, events=20_000)
    assert found.counted["loads"] == pytest.approx(found.seconds / 3, abs=2)
    assert found.per_second("loads") == pytest.approx(formulas.loads(fleet), rel=0.1)
    assert found.per_second("checks") == pytest.approx(formulas.checks(fleet), rel=0.05)


@pytest.mark.parametrize("trust_ms", [50, 200])
def test_a_write_shows_everywhere_as_soon_as_no_worker_trusts_what_was_before(
    trust_ms: int,
) -> None:
    policy = Policy(trust_seconds=trust_ms / 1e3)
    found = simulate(Fleet(workers=20, writes=20, policy=policy), seed=1)
    longest = found.lag_ms(1)
    assert longest is not None
    assert 0.9 * trust_ms < longest <= trust_ms


def test_the_writer_sees_its_own_write_at_once() -> None:
    found = simulate(Fleet(workers=1, writes=20, redis_seconds=0), seed=1)
    assert len(found.lags) > 100
    assert found.lag_ms(1) == 0


def test_the_same_seed_gives_the_same_run() -> None:
    one, same, other = (simulate(Fleet(workers=3), seed=seed, events=500) for seed in (1, 1, 2))
    assert one.counted == same.counted
    assert one.counted != other.counted


def test_the_command_prints_a_row_for_each_fleet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--workers", "1", "5", "--writes", "0", "10", "--events", "500"]
    monkeypatch.setattr("sys.argv", ["fleet", *options])
    command.main()
    rows = rows_of(capsys.readouterr().out)
    assert [row[:2] for row in rows] == [["1", "0"], ["1", "10"], ["5", "0"], ["5", "10"]]
    assert {len(row) for row in rows} == {len(command.COLUMNS)}
    fleet = Fleet(workers=5, writes=10)
    said = [formulas.questions(fleet), formulas.commands(fleet), formulas.loads_per_write(fleet)]
    assert rows[3][2:8:2] == [shown(figure) for figure in said]
    found = simulate(fleet, events=500)
    seen = [found.per_second("confirm"), found.commands / found.seconds, found.loads_per_write]
    assert rows[3][3:9:2] == [shown(figure) for figure in seen]


def test_the_page_on_scale_has_what_the_formulas_say() -> None:
    rows = rows_of((ROOT / "docs/scale.md").read_text())
    assert len(rows) == 16
    for row in rows:
        fleet = Fleet(workers=int(row[0].replace(",", "")), writes=float(row[1]))
        said = [formulas.questions(fleet), formulas.commands(fleet)]
        said += [formulas.loads_per_write(fleet) or 0.0] if fleet.writes else []
        assert [row[at] for at in (2, 4, 6)][: len(said)] == [shown(figure) for figure in said]


def test_how_many_workers_a_redis_carries_follows_from_what_was_measured() -> None:
    text = (ROOT / "docs/scale.md").read_text()
    measured = dict(re.findall(r"^\| \*(\w)\* \|[^|]*\| ([0-9.]+) µs", text, re.MULTILINE))
    question, get, filling, counts = (float(measured[symbol]) for symbol in "qgfk")
    bump = float(text.partition("| *q* |")[2].partition("; ")[2].partition("; ")[2].split()[0])
    for writes, *carried in rows_of(text, "writes a second", "1 page", "20 pages", "100 pages"):
        fleet = Fleet(workers=10_000, reads=1e6, writes=float(writes))
        news = formulas.fetches(fleet) / fleet.workers
        for pages, workers in zip((1, 20, 100), carried, strict=True):
            shared = fleet.writes * (bump + pages * filling)
            each = 20 * question + counts + pages * news * get
            wall = pytest.approx((0.7e6 - shared) / each, rel=0.04)
            assert float(workers.replace(",", "")) == wall


def rows_of(text: str, *columns: str) -> list[list[str]]:
    """Of the table with these columns, or else those of the command."""
    head = f"| {' | '.join(columns or command.COLUMNS)} |\n"
    table = text.partition(head)[2].partition("\n\n")[0].splitlines()[1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
