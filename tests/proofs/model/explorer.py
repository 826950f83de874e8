"""Breadth-first search of all states of a model, for a shortest path to a wrong step.

Each distinct part of a state is stored once, and a state as the numbers of its parts. So millions
of states fit into memory, and no two are confused, as they could be with hashes.
"""

import gc
import struct
import time
from array import array
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

S = TypeVar("S")
Parts = tuple[Hashable, ...]


class Step(NamedTuple, Generic[S]):
    """A step: its description, the state it leads to, and what is wrong with it, if anything."""

    description: str
    state: S
    wrong: str = ""


class Model(Protocol[S]):
    """`parts` splits a state into a fixed number of parts; `whole` joins them.

    States that differ only in the names of equal threads have the same parts: one represents all.
    """

    def initial(self) -> S: ...

    def steps(self, state: S) -> Iterable[Step[S]]: ...

    def parts(self, state: S) -> Parts: ...

    def whole(self, parts: Parts) -> S: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """`trace`: descriptions of a shortest path to a `wrong` step; both empty if there is none.

    `complete`: all reachable states were visited.
    """

    states: int
    steps: int
    depth: int
    seconds: float
    complete: bool
    wrong: str = ""
    trace: tuple[str, ...] = ()


class TooManyStates(Exception):  # noqa: N818 -- the name says what is wrong
    """The search was stopped before its end, so it proves nothing."""


def explore(model: Model[S], *, max_states: int = 50_000_000) -> Result:
    """Visit all reachable states, or stop at a first wrong step on a shortest path.

    Raises:
        TooManyStates: There are more than `max_states`.
    """
    # There are no cycles to collect, and the search for them would take a third of the time.
    gc.disable()
    try:
        return _explore(model, max_states)
    finally:
        gc.enable()


def _explore(model: Model[S], max_states: int) -> Result:
    started = time.perf_counter()
    found = _Found(model.parts(model.initial()))
    steps = place = depth = level_end = 0
    while place < len(found):
        for step in model.steps(model.whole(found.parts(place))):
            steps += 1
            if step.wrong:
                return Result(
                    states=len(found),
                    steps=steps,
                    depth=depth + 1,
                    seconds=time.perf_counter() - started,
                    complete=False,
                    wrong=step.wrong,
                    trace=_trace(model, found, place),
                )
            found.add(model.parts(step.state), place)
        if len(found) > max_states:
            raise TooManyStates(f"more than {max_states:,} states")
        if place == level_end:
            depth, level_end = depth + 1, len(found) - 1
        place += 1
    seconds = time.perf_counter() - started
    return Result(states=len(found), steps=steps, depth=depth - 1, seconds=seconds, complete=True)


class _Found:
    """The states found so far, in order, each with the state from which it was found."""

    def __init__(self, first: Parts) -> None:
        self._numbers: list[dict[Hashable, int]] = [{} for _ in first]
        self._parts: list[list[Hashable]] = [[] for _ in first]
        self._form = struct.Struct(f"{len(first)}I")
        self._places: dict[bytes, int] = {}
        self._keys: list[bytes] = []
        self._parents = array("Q")
        self.add(first, 0)

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, parts: Parts, parent: int) -> None:
        key = self._key(parts)
        if key not in self._places:
            self._places[key] = len(self._keys)
            self._keys.append(key)
            self._parents.append(parent)

    def parts(self, place: int) -> Parts:
        numbers = self._form.unpack(self._keys[place])
        return tuple(parts[number] for parts, number in zip(self._parts, numbers, strict=True))

    def path(self, place: int) -> list[Parts]:
        """Return the states from the first one to this one."""
        path = [self.parts(place)]
        while place:
            place = self._parents[place]
            path.append(self.parts(place))
        return path[::-1]

    def _key(self, parts: Parts) -> bytes:
        key = []
        for part, numbers, known in zip(parts, self._numbers, self._parts, strict=True):
            number = numbers.get(part)
            if number is None:
                number = numbers[part] = len(known)
                known.append(part)
            key.append(number)
        return self._form.pack(*key)


def _trace(model: Model[S], found: _Found, place: int) -> tuple[str, ...]:
    """Return the descriptions of the steps to the wrong one. The path is walked again from the
    initial state, because parts do not keep the names of equal threads."""
    state = model.initial()
    descriptions = []
    for parts in found.path(place)[1:]:
        step = next(step for step in model.steps(state) if model.parts(step.state) == parts)
        descriptions.append(step.description)
        state = step.state
    return (*descriptions, next(step.description for step in model.steps(state) if step.wrong))
