"""Strategies that choose the next thread: every choice in turn up to a bound, or random ones."""

import random
from collections.abc import Sequence
from typing import Protocol


class Strategy(Protocol):
    """Chooses among options by cost: 0 is free, 1 is a preemption.

    The first option is to continue as before, and is always free.
    """

    def choose(self, costs: Sequence[int]) -> int: ...


class Replay:
    """Repeats given choices, and then always takes the first option.

    It remembers the other options, for the next runs of the search.
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
        """Return each choice after the given ones, changed: its extra cost, and the choices up to
        it."""
        return [
            (costs[choice], bytes(self.chosen[:place]) + bytes([choice]))
            for place, costs in enumerate(self.costs)
            if place >= len(self._given)
            for choice in range(1, len(costs))
        ]


class RandomStrategy:
    """Random choices. The rate of switches is random too: some errors need one thread to run far
    undisturbed, others need constant switches."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._interferes = rng.choice((0.02, 0.1, 0.3, 0.7))

    def choose(self, costs: Sequence[int]) -> int:
        interferes = self._interferes if any(costs) else max(self._interferes, 0.2)
        if self._rng.random() >= interferes:
            return 0
        return self._rng.randrange(len(costs))
