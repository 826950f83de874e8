"""One fault under traffic: before it, during it, and until the site has recovered."""

import math
import time
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from typing import Any

from tests.processes import wait_until
from tests.proofs.soak.checker import DOWN, Checker, Violation
from tests.proofs.soak.environment import Environment
from tests.proofs.soak.faults import Fault
from tests.proofs.soak.figures import Spread, latencies, shown_after, spread
from tests.proofs.soak.journal import Read
from tests.proofs.soak.traffic import Traffic

HEAL_SECONDS = 20.0
NOTICE_SECONDS = 10.0
# From recovery to the next write.
WRITE_PAUSE_SECONDS = 0.3


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """The result of one fault. Times in seconds are nan if no worker fell back or healed.

    `labelled`: answers whose Cache-Status says that the database is down.
    """

    name: str
    reads: int
    writes: int
    faults_5xx: int
    refused_writes: int
    unanswered_writes: int
    labelled: int
    broken: int
    before: Spread
    during: Spread
    after: Spread
    shown_after: Spread
    fall_back_seconds: float
    heal_seconds: float
    lateness_ms: float
    noticed_by: list[int]
    expected: list[int]
    slowest: list[str]
    violations: list[Violation]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """Duration of each part, and rates of reads and writes."""

    before_seconds: float = 5.0
    during_seconds: float = 10.0
    after_seconds: float = 5.0
    reads_per_second: float = 300.0
    writes_per_second: float = 10.0
    readers: int = 4


def run_trial(environment: Environment, fault: Fault, pace: Pace) -> Trial:
    """Run the fault under traffic and check the result.

    Raises:
        AssertionError: The site is not healthy 20 s after the fault.
    """
    fault.prepare()
    wait_until(environment.healthy, HEAL_SECONDS)
    traffic = Traffic(
        environment,
        readers=pace.readers,
        reads_per_second=pace.reads_per_second,
        writes_per_second=pace.writes_per_second,
    )
    with traffic.running():
        time.sleep(pace.before_seconds)
        began = time.monotonic()
        with ExitStack() as pause_writes:
            with fault:
                time.sleep(pace.during_seconds)
                # On a busy machine the breakers may open late.
                with suppress(AssertionError):
                    wait_until(
                        lambda: fault.affected_workers <= _noticed_by(environment, began),
                        NOTICE_SECONDS,
                    )
                pause_writes.enter_context(traffic.pause_writes())
            over = time.monotonic()
            wait_until(environment.healthy, HEAL_SECONDS)
            healed = time.monotonic()
            time.sleep(WRITE_PAUSE_SECONDS)
        time.sleep(pace.after_seconds)
    trial = _evaluate(environment, fault, traffic, (began, over, healed))
    fault.restore()
    return trial


def _evaluate(
    environment: Environment, fault: Fault, traffic: Traffic, moments: tuple[float, float, float]
) -> Trial:
    journal, (began, over, healed) = traffic.journal, moments
    checker = Checker(journal)
    redis_outages = {
        worker: [outage for outage in found if outage.closed >= began]
        for worker, found in journal.redis_outages.items()
    }
    opened = [max(0.0, found[0].opened - began) for found in redis_outages.values() if found]
    closed = [
        outage.closed - over
        for found in redis_outages.values()
        for outage in found
        if outage.opened < over
    ]
    statuses = [read.status for read in journal.reads]
    shown = [shown_after(journal, checker, worker) for worker in range(journal.workers)]
    return Trial(
        name=fault.name,
        reads=len(statuses),
        writes=sum(200 <= write.status < 300 for write in journal.writes),
        faults_5xx=sum(status >= 500 for status in statuses),
        refused_writes=sum(write.status == 503 for write in journal.writes),
        unanswered_writes=sum(write.status == 0 for write in journal.writes),
        labelled=sum(DOWN in read.served for read in journal.reads),
        broken=statuses.count(0),
        before=latencies(journal.reads, 0, began),
        during=latencies(journal.reads, began, over),
        after=latencies(journal.reads, healed, math.inf),
        shown_after=spread(seconds for each in shown for seconds in each),
        fall_back_seconds=round(max(opened, default=math.nan), 3),
        heal_seconds=round(max(0.0, *closed), 3) if closed else math.nan,
        lateness_ms=round(traffic.lateness * 1000, 1),
        noticed_by=[worker for worker, found in redis_outages.items() if found],
        expected=sorted(fault.affected_workers),
        slowest=[_describe(read, began) for read in _slowest(journal.reads)],
        violations=checker.check() + checker.lost(environment.in_database()),
    )


def _noticed_by(environment: Environment, began: float) -> set[int]:
    redis_outages = environment.redis_outages().items()
    return {
        worker for worker, found in redis_outages if any(outage.closed >= began for outage in found)
    }


def _slowest(reads: list[Read]) -> list[Read]:
    return sorted(reads, key=lambda read: read.started - read.ended)[:5]


def _describe(read: Read, began: float) -> str:
    return (
        f"{(read.ended - read.started) * 1000:.0f} ms at {read.started - began:+.3f} s, worker"
        f" {read.worker}, {read.page}, {read.status}, {read.served}"
    )
