"""Steady reads: each subject in turn, round after round, so that a slow minute meets all alike."""

import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from benchmarks import accounting, heads, wrk
from benchmarks.checks import NotOfferedError, WrongAnswerError, check
from benchmarks.environment import Environment
from benchmarks.servers import Answer, Running, Servers
from benchmarks.subjects import BARE, Group, Subject

CONNECTIONS = 16
LOG_SHOWN = 2_000
STARTING_SECONDS = 15.0
SERVER_ERRORS = 500
# More than any server here answers, so that no page of a run is asked for twice.
FRESH_PATHS_PER_SECOND = 4_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """One run of one subject. `beside_cpu_us`: CPU of Redis and PostgreSQL, per request."""

    per_second: float
    cpu_us: float
    beside_cpu_us: float
    p50_ms: float
    p99_ms: float
    requests: int
    errors: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Steady:
    """A subject's rounds. Ratios are of each round to the bare callable's in the same round:
    1 is as fast, or as cheap; 0.1 a tenth as fast, or ten times as dear."""

    name: str
    group: Group
    bytes: int
    rounds: list[Round] = field(default_factory=list)
    of_bare: dict[str, float] = field(default_factory=dict)
    of_own_bare: dict[str, float] = field(default_factory=dict)

    def median(self, what: str) -> float:
        return float(statistics.median(getattr(one, what) for one in self.rounds))

    @property
    def errors(self) -> int:
        return sum(one.errors for one in self.rounds)

    @property
    def requests(self) -> int:
        return sum(one.requests for one in self.rounds)


def measure(
    subjects: Iterable[Subject], servers: Servers, *, rounds: int, seconds: int
) -> tuple[list[Steady], dict[str, str]]:
    """Each subject's figures; and of what is left out, the reason.

    Raises:
        WrongAnswerError: a subject's answer is not the page.
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
        if twin := found.get(f"{BARE}, {subject.bare_at.strip('/')}"):
            steady.of_own_bare.update(_ratios(steady, twin[1]))
    return [steady for _, steady in found.values()], left_out


def _first_answer(subject: Subject, running: Running) -> Answer:
    """A server that has just started may have no connection to the database yet: asked again."""
    end = time.monotonic() + STARTING_SECONDS
    while True:
        answer = running.ask(subject.path, subject.headers, subject.method)
        if answer.status < SERVER_ERRORS or time.monotonic() > end:
            return answer


def _round(subject: Subject, running: Running, environment: Environment, seconds: int) -> Round:
    paths = (
        environment.older_pages(FRESH_PATHS_PER_SECOND * seconds) if subject.fresh_paths else None
    )
    url = running.url + subject.path
    running.ask(subject.path, subject.headers, subject.method)  # a page that ran out is filled
    cpu, beside = accounting.cpu_seconds(running.roots), accounting.cpu_seconds(environment.roots)
    if subject.method == "HEAD":
        load = heads.load(url, seconds=seconds, connections=CONNECTIONS, headers=subject.headers)
    else:
        load = wrk.load(
            url, seconds=seconds, connections=CONNECTIONS, headers=subject.headers, paths=paths
        )
    requests = max(1, load.requests)
    return Round(
        per_second=load.per_second,
        cpu_us=1e6 * (accounting.cpu_seconds(running.roots) - cpu) / requests,
        beside_cpu_us=1e6 * (accounting.cpu_seconds(environment.roots) - beside) / requests,
        p50_ms=load.p50_ms,
        p99_ms=load.p99_ms,
        requests=load.requests,
        errors=load.errors,
    )


def _ratios(steady: Steady, bare: Steady) -> dict[str, float]:
    pairs = list(zip(steady.rounds, bare.rounds, strict=True))
    return {
        "per_second": statistics.median(own.per_second / base.per_second for own, base in pairs),
        # Of no measurable time, a tick is the least there is.
        "cpu": statistics.median(base.cpu_us / max(own.cpu_us, 0.01) for own, base in pairs),
    }
