"""Events that may happen to Redis, the database, a worker's network and time, by name."""

import re
from collections.abc import Callable

from tests.proofs.schedules.scheduler import Action
from tests.proofs.schedules.world import World


def chain(world: World, names: tuple[str, ...]) -> list[Action]:
    """Return actions that happen in this order.

    Raises:
        ValueError: A name is unknown.
    """
    copies: list[Callable[[], None]] = []

    def fail_over() -> None:
        restore_copy = copies.pop()
        restore_copy()

    events: dict[str, Callable[[], None]] = {
        "flush": lambda: world.shared.lose(""),
        "generation evicted": lambda: world.shared.lose(":generation"),
        "counts evicted": lambda: world.shared.lose(":counts"),
        "pages evicted": lambda: world.shared.lose(":page:"),
        "leases evicted": lambda: world.shared.lose(":lease:"),
        "a replica falls behind": lambda: copies.append(world.copy()),
        "failover": fail_over,
        "the database goes down": lambda: setattr(world.database, "is_down", True),
        "the database is back": lambda: setattr(world.database, "is_down", False),
    }
    return [Action(name, events.get(name) or _parsed(world, name)) for name in names]


def _parsed(world: World, name: str) -> Callable[[], None]:
    if match := re.fullmatch(r"([\d.]+) (ms|s) pass", name):
        seconds = float(match[1]) / (1000 if match[2] == "ms" else 1)

        def time_passes() -> None:
            world.scheduler.now += seconds

        return time_passes
    if match := re.fullmatch(r"(\w) is (cut off|back)", name):
        process, event = match[1], match[2]
        change = world.cut_off.add if event == "cut off" else world.cut_off.discard
        return lambda: change(process)
    raise ValueError(f"unknown event: {name!r}")
