"""The production cache keeps the contract under all schedules with few preemptions, and under
random ones. Each mutation of its code breaks the contract, and the search finds that.

`python -m tests.proofs.schedules` prints what was searched; `--long` searches more.
"""

import random
import secrets
from collections.abc import Iterator
from functools import partial

import pytest
import redis

from tests import servers
from tests.proofs.schedules import random_scenarios
from tests.proofs.schedules.mutations import MUTATIONS, Mutation, find
from tests.proofs.schedules.running import Lines, MakeShared, cache_lines, run
from tests.proofs.schedules.scenarios import SCENARIOS, Scenario
from tests.proofs.schedules.search import Report, depth_first, random_search
from tests.proofs.schedules.shared_redis import InMemory, over
from tests.proofs.schedules.strategies import RandomStrategy
from tests.servers import RedisServer

pytestmark = pytest.mark.skipif(
    servers.EMBEDDED,
    reason="uses no database or Redis of the run, so one of the two runs is enough",
)


@pytest.fixture(scope="module")
def _server() -> Iterator[RedisServer]:
    server = RedisServer()
    server.start()
    yield server
    server.kill()


@pytest.fixture
def client(_server: RedisServer) -> Iterator[redis.Redis]:
    with redis.Redis(port=_server.port, protocol=2) as client:
        yield client


def describe(report: Report) -> str:
    return "\n".join((*report.trace, f"So {report.wrong} ({report})"))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_every_schedule_keeps_the_contract(scenario: Scenario) -> None:
    report = depth_first(partial(run, scenario), preemptions=scenario.preemptions)
    assert not report.wrong, describe(report)
    assert report.complete
    print(f"{report.schedules} schedules, {report.steps} steps")  # noqa: T201 -- on failure, -s


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_mutation_is_found(mutation: Mutation, client: redis.Redis) -> None:
    report = find(mutation, client)
    assert mutation.wrong in report.wrong, f"{mutation.name} is not found: {report}"
    print(describe(report))  # noqa: T201 -- shown by -s


def test_random_schedules_keep_the_contract() -> None:
    report = random_search(
        random_scenarios.runs(shared=InMemory), seed=secrets.randbits(32), runs=1000
    )
    assert not report.wrong, describe(report)


def test_random_schedules_over_real_redis_keep_the_contract(client: redis.Redis) -> None:
    make_run = random_scenarios.runs(shared=over(client))
    report = random_search(make_run, seed=secrets.randbits(32), runs=100)
    assert not report.wrong, describe(report)


def test_schedules_with_a_switch_at_every_line_keep_the_contract() -> None:
    make_run = random_scenarios.runs(shared=InMemory, lines_of=cache_lines)
    report = random_search(make_run, seed=secrets.randbits(32), runs=200)
    assert not report.wrong, describe(report)


@pytest.mark.parametrize("lines_of", [None, cache_lines])
def test_seed_repeats_the_run(lines_of: Lines | None, client: redis.Redis) -> None:
    def trace(shared: MakeShared) -> tuple[str, ...]:
        rng = random.Random(4711)
        return random_scenarios.runs(shared=shared, lines_of=lines_of)(rng)(
            RandomStrategy(rng)
        ).trace

    assert trace(InMemory) == trace(InMemory)
    assert trace(over(client)) == trace(over(client))
