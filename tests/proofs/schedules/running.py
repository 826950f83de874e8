"""One run of a scenario: before, the search itself, and an end at which all must be well again."""

from collections.abc import Callable
from dataclasses import dataclass

from freshcache import breaker, cache, engine, generation, memory
from freshcache.breaker import State
from freshcache.policy import Policy
from tests.proofs.schedules.contract import broken
from tests.proofs.schedules.happenings import chain
from tests.proofs.schedules.redises import InMemory, Shared
from tests.proofs.schedules.scenarios import Deed, Program, Scenario
from tests.proofs.schedules.scheduler import Scheduler
from tests.proofs.schedules.strategies import Strategy
from tests.proofs.schedules.world import World, scheduled

PROBE_PATIENCE_SECONDS = 5.0

_SHARING = {module.__file__ for module in (breaker, cache, engine, generation, memory)}

MakeShared = Callable[[Scheduler], Shared]
Lines = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`wrong`: what is; nothing if the contract was kept. `story`: who did what."""

    wrong: str
    story: tuple[str, ...]
    steps: int


def cache_lines(file_name: str) -> bool:
    """Whether a file is one of those whose threads share something."""
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
            _go_through(scenario, world)
        finally:
            scheduler.close()
    story, wrong = scheduler.story, scheduler.wrong
    if not wrong and (found := broken(world.history, world.policy, one_load=scenario.one_load)):
        story, wrong = story[: found.lines], found.wrong
    return Outcome(wrong, tuple(story), scheduler.steps)


def _go_through(scenario: Scenario, world: World) -> None:
    scheduler = world.scheduler
    for first in scenario.before:
        if isinstance(first, str):
            chain(world, (first,))[0].happen()
            scheduler.story.append(f"-- {first}")
        else:
            _start(world, f"{first[0]} before", *first)
            scheduler.run(branching=False)
    for place, (process, program) in enumerate(scenario.threads, 1):
        _start(world, f"{process}{place}", process, program)
    scheduler.run(actions=[chain(world, names) for names in scenario.chains])
    if not scheduler.wrong:
        scheduler.story.append("-- at last, all is well and everybody reads")
        _at_last(scenario, world)


def _at_last(scenario: Scenario, world: World) -> None:
    """Nothing is cut off, and within seconds nobody shows anything of before."""
    scheduler = world.scheduler
    world.cut_off.clear()
    world.database.is_down = False

    def wait_for_breakers() -> None:
        workers = world.workers.values()
        healed = scheduler.wait_for(
            lambda: all(worker.breaker.state is State.CLOSED for worker in workers),
            PROBE_PATIENCE_SECONDS,
        )
        assert healed, "a breaker stays open"

    scheduler.start("everybody", "", wait_for_breakers)
    scheduler.run(branching=False)
    for seconds in scenario.waits_seconds:
        scheduler.now += seconds
        for process in scenario.processes:
            _start(world, f"{process} at last", process, ("read",))
            scheduler.run(branching=False)


def _start(world: World, name: str, process: str, program: Program) -> None:
    def work() -> None:
        for deed in program:
            _do(world, process, deed)

    world.scheduler.start(name, process, work)


def _do(world: World, process: str, deed: Deed) -> None:
    match deed:
        case "read" | "read confirmed":
            world.read(process, confirm=deed == "read confirmed")
        case "write" | "like":
            write = world.commit(process, "posts" if deed == "write" else "likes")
            world.announce(process, write)
        case "announce, write":
            world.workers[process].invalidate("too early")
            write = world.commit(process, "posts")
            write.done = world.moment()
        case "write, die":
            world.commit(process, "posts")
            world.scheduler.tell("dies before it can tell anybody")
        case "read inside, roll back":
            world.read(process, inside=True)
        case "read inside, write":
            world.read(process, inside=True)
            world.announce(process, world.commit(process, "posts"))
