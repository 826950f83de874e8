"""The simulated fleet against real caches, and the formulas against the simulation."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from benchmarks.fleet import __main__ as command
from benchmarks.fleet import formulas, reading
from benchmarks.fleet.simulation import Outcomes, run, simulate
from benchmarks.fleet.traffic import WRITE, Arrival, Fleet
from benchmarks.machine import ROOT
from benchmarks.results import format_cell
from freshcache.policy import Policy
from tests.servers import RedisServer
from tests.unit.freshcache.fleet import Fleet as RealFleet

# Counted by both. The real cache counts bumps as `confirm`, too.
COUNTED = ("confirm", "get", "lease", "fill", "release", "loads", "hits", "stale_hits", "misses")
# An arrival late enough for all earlier reads to be answered. It ends the run and is not answered.
AFTERWARDS = (2.0, 0, 0)


@pytest.fixture
def real(redis_server: RedisServer) -> Iterator[RealFleet]:
    fleet = RealFleet(redis_server)
    yield fleet
    fleet.close()


def drive(
    real: RealFleet, fleet: Fleet, arrivals: list[Arrival]
) -> tuple[Counter[str], list[float]]:
    """Replay the arrivals on real caches; return their counts and the sorted lags of commits."""
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
        for missing in range(version, len(commits)):
            lags[missing] = max(lags[missing], moment - commits[missing])
    counted: Counter[str] = Counter(loads=real.source.loads)
    for worker in workers:
        counted += worker.steps.calls
        counted += Counter(worker.cache.metrics.counts())
    return counted, sorted(lags)


def counts(found: Counter[str]) -> dict[str, int]:
    return {name: found[name] for name in COUNTED}


def simulated_counts(found: Outcomes) -> dict[str, int]:
    return counts(found.counted + Counter(confirm=found.counted["bump"]))


@pytest.mark.redis
@pytest.mark.parametrize("writes", [0.0, 2.0, 40.0])
def test_simulation_counts_the_same_commands_and_loads_as_real_caches(
    real: RealFleet, writes: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each read ends before the next one starts, as in the simulation.
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
def test_simulation_keeps_a_superseded_load_as_long_as_real_caches(
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


def test_concurrent_reads_wait_for_one_load() -> None:
    fleet = Fleet(workers=3, policy=Policy())
    concurrent = [(1 + number / 1e4, number % 3, 0) for number in range(12)]
    found = run(fleet, [*concurrent, AFTERWARDS])
    assert found.counted["loads"] == 1
    assert found.counted["waits"] == found.counted["hits"] == 11
    assert found.counted["confirm"] == 3


@pytest.mark.parametrize("workers", [1, 10, 100])
@pytest.mark.parametrize("writes", [0.0, 1.0, 10.0])
def test_confirmations_match_the_formula_within_3_percent(workers: int, writes: float) -> None:
    found = simulate(Fleet(workers=workers, writes=writes), seed=1)
    confirmations = found.per_second("confirm")
    assert confirmations == pytest.approx(formulas.questions(found.fleet), rel=0.03)


# Fleets with frequent reads, and long times between writes compared with a load.
FLEETS = [(1, 1, 1), (1, 10, 1), (10, 1, 1), (10, 10, 1), (100, 10, 1), (1, 10, 20), (10, 1, 20)]


@pytest.mark.parametrize(("workers", "writes", "pages"), FLEETS)
def test_loads_per_write_match_the_formula_within_15_percent(
    workers: int, writes: float, pages: int
) -> None:
    found = simulate(Fleet(workers=workers, writes=writes, pages=pages), seed=1)
    assert found.loads_per_write == pytest.approx(formulas.loads_per_write(found.fleet), rel=0.15)


@pytest.mark.parametrize(("workers", "writes", "pages"), FLEETS)
def test_commands_match_the_formula_within_20_percent(
    workers: int, writes: float, pages: int
) -> None:
    found = simulate(Fleet(workers=workers, writes=writes, pages=pages), seed=1)
    # With the actual number of writes, which is random in the short run of a large fleet.
    fleet = replace(found.fleet, writes=found.per_second("bump"))
    assert found.commands / found.seconds == pytest.approx(formulas.commands(fleet), rel=0.2)


def test_page_without_writes_is_loaded_once_per_fresh_time() -> None:
    fleet = Fleet(workers=10, reads=20, writes=0, ttl_seconds=4)
    found = simulate(fleet, seed=1, events=20_000)
    assert found.counted["loads"] == pytest.approx(found.seconds / 3, abs=2)
    assert found.per_second("loads") == pytest.approx(formulas.loads(fleet), rel=0.1)
    assert found.per_second("checks") == pytest.approx(formulas.checks(fleet), rel=0.05)


@pytest.mark.parametrize("trust_ms", [50, 200])
def test_write_is_visible_everywhere_within_the_trust_time(
    trust_ms: int,
) -> None:
    policy = Policy(trust_seconds=trust_ms / 1e3)
    found = simulate(Fleet(workers=20, writes=20, policy=policy), seed=1)
    longest = found.lag_ms(1)
    assert longest is not None
    assert 0.9 * trust_ms < longest <= trust_ms


def test_writer_sees_its_write_at_once() -> None:
    found = simulate(Fleet(workers=1, writes=20, redis_seconds=0), seed=1)
    assert len(found.lags) > 100
    assert found.lag_ms(1) == 0


def test_same_seed_gives_the_same_run() -> None:
    first, same, other = (simulate(Fleet(workers=3), seed=seed, events=500) for seed in (1, 1, 2))
    assert first.counted == same.counted
    assert first.counted != other.counted


def test_command_prints_a_row_per_fleet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--workers", "1", "5", "--writes", "0", "10", "--events", "500"]
    monkeypatch.setattr("sys.argv", ["fleet", *options])
    command.main()
    rows = rows_of(capsys.readouterr().out)
    assert [row[:2] for row in rows] == [["1", "0"], ["1", "10"], ["5", "0"], ["5", "10"]]
    assert {len(row) for row in rows} == {len(command.COLUMNS)}
    fleet = Fleet(workers=5, writes=10)
    expected = [
        formulas.questions(fleet),
        formulas.commands(fleet),
        formulas.loads_per_write(fleet),
    ]
    assert rows[3][2:8:2] == [format_cell(figure) for figure in expected]
    found = simulate(fleet, events=500)
    simulated = [found.per_second("confirm"), found.commands / found.seconds, found.loads_per_write]
    assert rows[3][3:9:2] == [format_cell(figure) for figure in simulated]


def test_docs_on_scale_have_the_figures_of_the_formulas() -> None:
    rows = rows_of((ROOT / "docs/scale.md").read_text())
    assert len(rows) == 16
    for row in rows:
        fleet = Fleet(workers=int(row[0].replace(",", "")), writes=float(row[1]))
        figures = [formulas.questions(fleet), formulas.commands(fleet)]
        figures += [formulas.loads_per_write(fleet) or 0.0] if fleet.writes else []
        cells = [row[column] for column in (2, 4, 6)][: len(figures)]
        assert cells == [format_cell(figure) for figure in figures]


def test_workers_per_redis_in_docs_follow_from_measured_costs() -> None:
    text = (ROOT / "docs/scale.md").read_text()
    measured = dict(re.findall(r"^\| \*(\w)\* \|[^|]*\| ([0-9.]+) µs", text, re.MULTILINE))
    question, get, filling, counts = (float(measured[symbol]) for symbol in "qgfk")
    bump = float(text.partition("| *q* |")[2].partition("; ")[2].partition("; ")[2].split()[0])
    for writes, *carried in rows_of(text, "writes a second", "1 page", "20 pages", "100 pages"):
        fleet = Fleet(workers=10_000, reads=1e6, writes=float(writes))
        fetches = formulas.fetches(fleet) / fleet.workers
        for pages, workers in zip((1, 20, 100), carried, strict=True):
            shared = fleet.writes * (bump + pages * filling)
            per_worker = 20 * question + counts + pages * fetches * get
            limit = pytest.approx((0.7e6 - shared) / per_worker, rel=0.04)
            assert float(workers.replace(",", "")) == limit


def rows_of(text: str, *columns: str) -> list[list[str]]:
    """Return the rows of the table with these columns, by default those of the command."""
    head = f"| {' | '.join(columns or command.COLUMNS)} |\n"
    table = text.partition(head)[2].partition("\n\n")[0].splitlines()[1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
