"""Faults for a moment under traffic; `python -m tests.proofs.soak` runs them longer.

A busy machine gets no tolerance and needs none: deadlines count from the answer to a write, when
Redis has been informed, to the start of a read. A slow machine delays both. Only the return of the
database gets more time.
"""

from collections.abc import Iterator
from functools import partial

import pytest

from tests.proofs.soak.catalogue import FAULTS, Make
from tests.proofs.soak.environment import Environment
from tests.proofs.soak.process_faults import DatabaseStopped
from tests.proofs.soak.trial import Pace, Trial, run_trial

pytestmark = [pytest.mark.redis, pytest.mark.postgres]

SHORT = Pace(
    before_seconds=0.5,
    during_seconds=1.5,
    after_seconds=0.7,
    reads_per_second=200,
    writes_per_second=20,
    readers=2,
)
# The other faults are similar to one of these; the long run includes them.
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


def run_short_trial(environment: Environment, make: Make) -> Trial:
    """Run a short trial. Assert that the fault had its effect and no promise was broken."""
    trial = run_trial(environment, make(environment), SHORT)
    assert trial.violations == []
    assert set(trial.expected) <= set(trial.noticed_by), "the fault had no effect"
    assert min(part.count for part in (trial.before, trial.during, trial.after)) > 0
    assert trial.shown_after.count > 10
    return trial


@pytest.mark.timing
@pytest.mark.parametrize("name", REDIS)
def test_fault_of_redis_causes_no_error_and_no_old_page(
    name: str, environment: Environment
) -> None:
    trial = run_short_trial(environment, FAULTS[name])
    assert (trial.faults_5xx, trial.broken, trial.refused_writes, trial.labelled) == (0, 0, 0, 0)


@pytest.mark.timing
def test_killed_worker_loses_no_committed_write(environment: Environment) -> None:
    """Its connections break. A change that was committed and not announced is shown when the TTL of
    the older pages ends."""
    trial = run_short_trial(environment, FAULTS["worker-killed"])
    assert (trial.faults_5xx, trial.refused_writes, trial.labelled) == (0, 0, 0)
    assert trial.unanswered_writes > 0


@pytest.mark.timing
def test_without_database_readers_get_last_good_page_and_writers_retry_after(
    environment: Environment,
) -> None:
    trial = run_short_trial(environment, partial(DatabaseStopped, reconnect_seconds=15.0))
    assert (trial.faults_5xx, trial.broken) == (0, 0)
    assert trial.refused_writes > 0
    assert trial.labelled > 0
