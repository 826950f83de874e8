"""Every fault, for a moment, under traffic; `python -m tests.proofs.soak` does more.

No slack is given to a busy machine, and none is needed: a change counts from when its writer was
answered, by when Redis has been told, and a read from when it was asked, after which the worker
judges. Whatever is slow makes both later. Only the database's return is given more time.
"""

from collections.abc import Iterator
from functools import partial

import pytest

from tests.proofs.soak.catalogue import FAULTS, Make
from tests.proofs.soak.environment import Environment
from tests.proofs.soak.process_faults import DatabaseStopped
from tests.proofs.soak.trial import Pace, Trial, undergo

pytestmark = [pytest.mark.redis, pytest.mark.postgres]

SHORT = Pace(
    before_seconds=0.5,
    during_seconds=1.5,
    after_seconds=0.7,
    reads_per_second=200,
    writes_per_second=20,
    readers=2,
)
# The rest differ from one of these in little, and are part of the long run.
REDIS = ["killed", "paused", "late", "cut", "garbage", "flushall", "script-flush", "noeviction"]
REDIS += ["allkeys-random", "maxclients", "pool", "failover", "mixed", "clock-back"]


@pytest.fixture(scope="session")
def environment() -> Iterator[Environment]:
    environment = Environment()
    try:
        environment.start()
        yield environment
    finally:
        environment.close()


def suffered(environment: Environment, make: Make) -> Trial:
    """What came of it; whoever had to notice has noticed, and nothing was not as promised."""
    trial = undergo(environment, make(environment), SHORT)
    assert trial.violations == []
    assert set(trial.expected) <= set(trial.noticed_by), "the fault was none"
    assert min(part.count for part in (trial.before, trial.during, trial.after)) > 0
    assert trial.shown_after.count > 10
    return trial


@pytest.mark.parametrize("name", REDIS)
def test_no_fault_of_redis_makes_an_error_or_an_old_page(
    name: str, environment: Environment
) -> None:
    trial = suffered(environment, FAULTS[name])
    assert (trial.faults_5xx, trial.broken, trial.refused_writes, trial.labelled) == (0, 0, 0, 0)


def test_a_worker_killed_between_commit_and_bump_is_no_loss(environment: Environment) -> None:
    """What was read and written there breaks off; all else is as promised, and what was committed
    and told to nobody shows when the TTL of the pages of before is over."""
    trial = suffered(environment, FAULTS["worker-killed"])
    assert (trial.faults_5xx, trial.refused_writes, trial.labelled) == (0, 0, 0)
    assert trial.unanswered_writes > 0


def test_without_the_database_readers_have_the_last_good_page_and_writers_a_word(
    environment: Environment,
) -> None:
    trial = suffered(environment, partial(DatabaseStopped, found_seconds=15.0))
    assert (trial.faults_5xx, trial.broken) == (0, 0)
    assert trial.refused_writes > 0
    assert trial.labelled > 0
