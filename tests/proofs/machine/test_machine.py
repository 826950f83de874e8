"""Random sequences of reads, writes and faults. Each read is checked against the contract.

`python -m tests.proofs.machine` runs more of them, for minutes, with a seed that it prints.
"""

import logging
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.proofs.machine.machine import Machine
from tests.proofs.machine.site import Announcer, Site, this_workers_cache
from tests.servers import RedisServer

# Set by `python -m tests.proofs.machine`; otherwise each run has the same sequences.
SEQUENCES = int(os.environ.get("MACHINE_SEQUENCES", "0"))
SETTINGS = settings(
    max_examples=SEQUENCES or 100,
    stateful_step_count=40,
    derandomize=not SEQUENCES,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
    phases=(Phase.generate, Phase.shrink),
)

pytestmark = [
    pytest.mark.redis,
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    # The search for the shortest failing sequence takes some minutes.
    pytest.mark.timeout(0 if SEQUENCES else 900),
]


@pytest.fixture
def site(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    site = Site(redis_server)
    monkeypatch.setattr("feed.pages.feed_cache", this_workers_cache)
    monkeypatch.setattr("feed.receivers.feed_cache", lambda: Announcer(site))
    logging.disable(logging.CRITICAL)  # thousands of lines; the trace says more
    yield site
    logging.disable(logging.NOTSET)
    site.close()


def test_no_sequence_breaks_the_contract(site: Site) -> None:
    run_state_machine_as_test(lambda: Machine(site), settings=SETTINGS)  # type: ignore[arg-type] # any callable will do
    counted = site.counted
    for name, count in sorted(counted.items()):
        print(f"{count:8} {name}")  # noqa: T201 -- shown by `-s` and on a failure
    # Sequences in which nothing happens would prove nothing.
    assert min(counted["read: hit"], counted["read: miss"], counted["announced"]) > 100
    assert min(counted["read: bypass"], counted["not announced"]) > 10
