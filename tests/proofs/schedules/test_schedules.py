"""Under every schedule with a few preemptions, and under many by chance, the production cache
keeps the contract; and with one thing in it broken it doesn't, and that is seen.

`python -m tests.proofs.schedules` prints what was searched, `--long` searches more.
"""

import random
import secrets
from collections.abc import Iterator
from functools import partial

import pytest
import redis

from tests import servers
from tests.proofs.schedules import chance
from tests.proofs.schedules.mutations import MUTATIONS, Mutation, find
from tests.proofs.schedules.redises import InMemory, over
from tests.proofs.schedules.running import Lines, MakeShared, cache_lines, run
from tests.proofs.schedules.scenarios import SCENARIOS, Scenario
from tests.proofs.schedules.search import Report, by_chance, depth_first
from tests.proofs.schedules.strategies import Dice
from tests.servers import RedisServer

pytestmark = pytest.mark.skipif(
    servers.EMBEDDED, reason="no backend takes part, so once is enough for both runs"
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


def told(report: Report) -> str:
    return "\n".join((*report.story, f"So {report.wrong} ({report})"))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_every_schedule_keeps_the_contract(scenario: Scenario) -> None:
    report = depth_first(partial(run, scenario), preemptions=scenario.preemptions)
    assert not report.wrong, told(report)
    assert report.complete
    print(f"{report.schedules} schedules, {report.steps} steps")  # noqa: T201 -- on failure, -s


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_what_is_broken_is_seen(mutation: Mutation, client: redis.Redis) -> None:
    report = find(mutation, client)
    assert mutation.wrong in report.wrong, f"{mutation.name} is not seen: {report}"
    print(told(report))  # noqa: T201 -- the story, for whoever asks for it by -s


def test_schedules_by_chance_keep_the_contract() -> None:
    report = by_chance(chance.runs(shared=InMemory), seed=secrets.randbits(32), runs=1000)
    assert not report.wrong, told(report)


def test_schedules_by_chance_over_a_real_redis_keep_the_contract(client: redis.Redis) -> None:
    make_run = chance.runs(shared=over(client))
    report = by_chance(make_run, seed=secrets.randbits(32), runs=100)
    assert not report.wrong, told(report)


def test_schedules_that_change_at_every_line_keep_the_contract() -> None:
    make_run = chance.runs(shared=InMemory, lines_of=cache_lines)
    report = by_chance(make_run, seed=secrets.randbits(32), runs=200)
    assert not report.wrong, told(report)


@pytest.mark.parametrize("lines_of", [None, cache_lines])
def test_a_seed_gives_the_same_run_again(lines_of: Lines | None, client: redis.Redis) -> None:
    def story(shared: MakeShared) -> tuple[str, ...]:
        dice = random.Random(4711)
        return chance.runs(shared=shared, lines_of=lines_of)(dice)(Dice(dice)).story

    assert story(InMemory) == story(InMemory)
    assert story(over(client)) == story(over(client))
