"""Who goes next: every choice in turn up to a bound, or dice."""

import random
from collections.abc import Sequence
from typing import Protocol


class Strategy(Protocol):
    """Chooses among options by what each costs: 0 is free, 1 is a preemption.

    The first option is what happens if nobody interferes, and is always free.
    """

    def choose(self, costs: Sequence[int]) -> int: ...


class Replay:
    """Chooses what it is told to, and after that whatever happens if nobody interferes.

    Remembers what it might have chosen instead.
    """

    def __init__(self, choices: bytes = b"") -> None:
        self._given = choices
        self.chosen = bytearray()
        self.costs: list[Sequence[int]] = []

    def choose(self, costs: Sequence[int]) -> int:
        place = len(self.chosen)
        choice = self._given[place] if place < len(self._given) else 0
        assert choice < len(costs), "the same choices have led somewhere else: not deterministic"
        self.chosen.append(choice)
        self.costs.append(tuple(costs))
        return choice

    def others(self) -> list[tuple[int, bytes]]:
        """Each choice that nobody has told it to make, changed: what that costs more, and the
        choices up to there."""
        return [
            (costs[choice], bytes(self.chosen[:place]) + bytes([choice]))
            for place, costs in enumerate(self.costs)
            if place >= len(self._given)
            for choice in range(1, len(costs))
        ]


class Dice:
    """By chance. How seldom it interferes is by chance too, as some faults want a thread to go
    far undisturbed while others want constant change."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._interferes = dice.choice((0.02, 0.1, 0.3, 0.7))

    def choose(self, costs: Sequence[int]) -> int:
        interferes = self._interferes if any(costs) else max(self._interferes, 0.2)
        if self._dice.random() >= interferes:
            return 0
        return self._dice.randrange(len(costs))
