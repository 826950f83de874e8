"""What may happen to Redis, to the database, to a worker's network, and to time, by its name."""

import re
from collections.abc import Callable

from tests.proofs.schedules.scheduler import Action
from tests.proofs.schedules.world import World


def chain(world: World, names: tuple[str, ...]) -> list[Action]:
    """Actions that follow each other. Raise ValueError for a name that says nothing."""
    copies: list[Callable[[], None]] = []

    def fail_over() -> None:
        go_on_with_copy = copies.pop()
        go_on_with_copy()

    happenings: dict[str, Callable[[], None]] = {
        "all is lost": lambda: world.shared.lose(""),
        "the generation is lost": lambda: world.shared.lose(":generation"),
        "counts are lost": lambda: world.shared.lose(":counts"),
        "pages are lost": lambda: world.shared.lose(":page:"),
        "leases are lost": lambda: world.shared.lose(":lease:"),
        "a replica falls behind": lambda: copies.append(world.copy()),
        "failover": fail_over,
        "the database goes down": lambda: setattr(world.database, "is_down", True),
        "the database is back": lambda: setattr(world.database, "is_down", False),
    }
    return [Action(name, happenings.get(name) or _parsed(world, name)) for name in names]


def _parsed(world: World, name: str) -> Callable[[], None]:
    if match := re.fullmatch(r"([\d.]+) (ms|s) pass", name):
        seconds = float(match[1]) / (1000 if match[2] == "ms" else 1)

        def time_passes() -> None:
            world.scheduler.now += seconds

        return time_passes
    if match := re.fullmatch(r"(\w) is (cut off|back)", name):
        process, happens = match[1], match[2]
        change = world.cut_off.add if happens == "cut off" else world.cut_off.discard
        return lambda: change(process)
    raise ValueError(f"nothing is called {name!r}")
