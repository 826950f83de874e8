"""Random stories of readers, writers and faults, each read held against the contract.

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
STORIES = int(os.environ.get("MACHINE_STORIES", "0"))
SETTINGS = settings(
    max_examples=STORIES or 100,
    stateful_step_count=40,
    derandomize=not STORIES,
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
    # A broken promise's shortest story is searched for some minutes.
    pytest.mark.timeout(0 if STORIES else 900),
]


@pytest.fixture
def site(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    site = Site(redis_server)
    monkeypatch.setattr("feed.pages.feed_cache", this_workers_cache)
    monkeypatch.setattr("feed.receivers.feed_cache", lambda: Announcer(site))
    logging.disable(logging.CRITICAL)  # thousands of lines, and the story tells more
    yield site
    logging.disable(logging.NOTSET)
    site.close()


def test_no_story_breaks_the_contract(site: Site) -> None:
    run_state_machine_as_test(lambda: Machine(site), settings=SETTINGS)  # type: ignore[arg-type] # any callable will do
    counted = site.counted
    for what, count in sorted(counted.items()):
        print(f"{count:8} {what}")  # noqa: T201 -- what `-s` and a failure show
    # Stories in which nothing happens would prove nothing.
    assert min(counted["read: hit"], counted["read: miss"], counted["told"]) > 100
    assert min(counted["read: bypass"], counted["not told"]) > 10
