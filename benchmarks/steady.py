"""Steady reads: all subjects in turn in each round, so that slow minutes affect all equally."""

import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from benchmarks import accounting, head_requests, wrk
from benchmarks.answer_checks import NotOfferedError, WrongAnswerError, check
from benchmarks.environment import Environment
from benchmarks.servers import Answer, Running, Servers
from benchmarks.subjects import BARE, Group, Subject

CONNECTIONS = 16
LOG_SHOWN = 2_000
STARTING_SECONDS = 15.0
SERVER_ERRORS = 500
# More than any server answers, so that no page is requested twice in a run.
FRESH_PATHS_PER_SECOND = 4_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """One run of one subject. `database_cpu_us` is CPU time of Redis and PostgreSQL per request."""

    per_second: float
    cpu_us: float
    database_cpu_us: float
    p50_ms: float
    p99_ms: float
    requests: int
    errors: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Steady:
    """The rounds of a subject, and medians of their ratios to the bare callable's same round.

    1 is as fast or as cheap; 0.1 is a tenth as fast or ten times as expensive. `of_same_answer`
    compares with a bare callable that gives the same answer.
    """

    name: str
    group: Group
    bytes: int
    rounds: list[Round] = field(default_factory=list)
    of_bare: dict[str, float] = field(default_factory=dict)
    of_same_answer: dict[str, float] = field(default_factory=dict)

    def median(self, figure: str) -> float:
        """Return the median of an attribute of the rounds."""
        return float(statistics.median(getattr(each, figure) for each in self.rounds))

    @property
    def errors(self) -> int:
        return sum(each.errors for each in self.rounds)

    @property
    def requests(self) -> int:
        return sum(each.requests for each in self.rounds)


def measure(
    subjects: Iterable[Subject], servers: Servers, *, rounds: int, seconds: int
) -> tuple[list[Steady], dict[str, str]]:
    """Return the figures of each subject, and the reasons for subjects that were left out.

    Raises:
        WrongAnswerError: a subject's answer is not the expected page.
    """
    found: dict[str, tuple[Subject, Steady]] = {}
    left_out: dict[str, str] = {}
    for subject in subjects:
        running = servers.start(subject.server).wait()
        answer = _first_answer(subject, running)
        try:
            check(answer, subject.expected, servers.environment.reference())
        except NotOfferedError as error:
            left_out[subject.name] = str(error)
            continue
        except WrongAnswerError as error:
            log = running.log.read_text()[-LOG_SHOWN:]
            raise WrongAnswerError(f"{subject.name}: {error}\n{log}") from error
        size = len(answer.body)
        found[subject.name] = subject, Steady(name=subject.name, group=subject.group, bytes=size)
    for _ in range(rounds):
        for subject, steady in found.values():
            running = servers.start(subject.server)
            steady.rounds.append(_round(subject, running, servers.environment, seconds))
    for subject, steady in found.values():
        steady.of_bare.update(_ratios(steady, found[BARE][1]))
        if same := found.get(f"{BARE}, {subject.bare_at.strip('/')}"):
            steady.of_same_answer.update(_ratios(steady, same[1]))
    return [steady for _, steady in found.values()], left_out


def _first_answer(subject: Subject, running: Running) -> Answer:
    """Return an answer. A new server may have no database connection yet, so errors are retried."""
    end = time.monotonic() + STARTING_SECONDS
    while True:
        answer = running.ask(subject.path, subject.headers, subject.method)
        if answer.status < SERVER_ERRORS or time.monotonic() > end:
            return answer


def _round(subject: Subject, running: Running, environment: Environment, seconds: int) -> Round:
    paths = (
        environment.older_pages(subject.path, FRESH_PATHS_PER_SECOND * seconds)
        if subject.fresh_paths
        else None
    )
    url = running.url + subject.path
    running.ask(subject.path, subject.headers, subject.method)  # fills the page if it has expired
    cpu_before = accounting.cpu_seconds(running.roots)
    database_cpu_before = accounting.cpu_seconds(environment.roots)
    if subject.method == "HEAD":
        load = head_requests.load(
            url, seconds=seconds, connections=CONNECTIONS, headers=subject.headers
        )
    else:
        load = wrk.load(
            url, seconds=seconds, connections=CONNECTIONS, headers=subject.headers, paths=paths
        )
    requests = max(1, load.requests)
    return Round(
        per_second=load.per_second,
        cpu_us=1e6 * (accounting.cpu_seconds(running.roots) - cpu_before) / requests,
        database_cpu_us=1e6
        * (accounting.cpu_seconds(environment.roots) - database_cpu_before)
        / requests,
        p50_ms=load.p50_ms,
        p99_ms=load.p99_ms,
        requests=load.requests,
        errors=load.errors,
    )


def _ratios(steady: Steady, bare: Steady) -> dict[str, float]:
    pairs = list(zip(steady.rounds, bare.rounds, strict=True))
    return {
        "per_second": statistics.median(each.per_second / base.per_second for each, base in pairs),
        # Not 0: CPU time is counted in ticks of the kernel.
        "cpu": statistics.median(base.cpu_us / max(each.cpu_us, 0.01) for each, base in pairs),
    }
