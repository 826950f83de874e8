"""One run of a scenario: its preparation, the searched part, and the recovery at its end."""

from collections.abc import Callable
from dataclasses import dataclass

from freshcache import breaker, cache, engine, generation, memory
from freshcache.breaker import State
from freshcache.policy import Policy
from tests.proofs.schedules.contract import first_violation
from tests.proofs.schedules.events import chain
from tests.proofs.schedules.scenarios import Operation, Program, Scenario
from tests.proofs.schedules.scheduler import Scheduler
from tests.proofs.schedules.shared_redis import InMemory, Shared
from tests.proofs.schedules.strategies import Strategy
from tests.proofs.schedules.world import World, scheduled

PROBE_WAIT_SECONDS = 5.0

_SHARING = {module.__file__ for module in (breaker, cache, engine, generation, memory)}

MakeShared = Callable[[Scheduler], Shared]
Lines = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a run. `wrong`: the violation, or empty. `trace`: what each thread did."""

    wrong: str
    trace: tuple[str, ...]
    steps: int


def cache_lines(file_name: str) -> bool:
    """Return whether this is a module of the cache whose threads share state."""
    return file_name in _SHARING


def run(
    scenario: Scenario,
    strategy: Strategy,
    *,
    shared: MakeShared = InMemory,
    lines_of: Lines | None = None,
) -> Outcome:
    scheduler = Scheduler(strategy, lines_of)
    with scheduled(scheduler):
        world = World(
            scheduler,
            shared(scheduler),
            Policy(**scenario.policy),
            processes=scenario.processes,
            failures=scenario.failures,
            max_failures=scenario.max_failures,
        )
        try:
            _run_scenario(scenario, world)
        finally:
            scheduler.close()
    trace, wrong = scheduler.trace, scheduler.wrong
    if not wrong and (
        found := first_violation(world.history, world.policy, one_load=scenario.one_load)
    ):
        trace, wrong = trace[: found.lines], found.wrong
    return Outcome(wrong, tuple(trace), scheduler.steps)


def _run_scenario(scenario: Scenario, world: World) -> None:
    scheduler = world.scheduler
    for first in scenario.before:
        if isinstance(first, str):
            chain(world, (first,))[0].happen()
            scheduler.trace.append(f"-- {first}")
        else:
            _start(world, f"{first[0]} before", *first)
            scheduler.run(branching=False)
    for place, (process, program) in enumerate(scenario.threads, 1):
        _start(world, f"{process}{place}", process, program)
    scheduler.run(actions=[chain(world, names) for names in scenario.chains])
    if not scheduler.wrong:
        scheduler.trace.append("-- all faults end, and every process reads")
        _check_recovery(scenario, world)


def _check_recovery(scenario: Scenario, world: World) -> None:
    """End all faults, and check that within seconds each process shows every change."""
    scheduler = world.scheduler
    world.cut_off.clear()
    world.database.is_down = False

    def wait_for_breakers() -> None:
        workers = world.workers.values()
        all_closed = scheduler.wait_for(
            lambda: all(worker.breaker.state is State.CLOSED for worker in workers),
            PROBE_WAIT_SECONDS,
        )
        assert all_closed, "a breaker stays open"

    scheduler.start("recovery", "", wait_for_breakers)
    scheduler.run(branching=False)
    for seconds in scenario.waits_seconds:
        scheduler.now += seconds
        for process in scenario.processes:
            _start(world, f"{process} after recovery", process, ("read",))
            scheduler.run(branching=False)


def _start(world: World, name: str, process: str, program: Program) -> None:
    def work() -> None:
        for operation in program:
            _do(world, process, operation)

    world.scheduler.start(name, process, work)


def _do(world: World, process: str, operation: Operation) -> None:
    match operation:
        case "read" | "read confirmed":
            world.read(process, confirm=operation == "read confirmed")
        case "write" | "like":
            write = world.commit(process, "posts" if operation == "write" else "likes")
            world.announce(process, write)
        case "announce, write":
            world.workers[process].invalidate("too early")
            write = world.commit(process, "posts")
            write.done = world.moment()
        case "write, die":
            world.commit(process, "posts")
            world.scheduler.record("dies before it announces the change")
        case "read in transaction, roll back":
            world.read(process, in_transaction=True)
        case "read in transaction, write":
            world.read(process, in_transaction=True)
            world.announce(process, world.commit(process, "posts"))
