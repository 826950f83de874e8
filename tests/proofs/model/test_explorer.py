"""The search, on models whose states can be counted by hand."""

from collections.abc import Iterator
from typing import cast

import pytest

from tests.proofs.model.explorer import Parts, Step, TooManyStates, explore

Counters = tuple[int, int]


class TwoCounters:
    """Two independent counters that go up to 3. A step to (`wrong_at`, `wrong_at`) is wrong."""

    def __init__(self, *, wrong_at: int | None = None, equal: bool = False) -> None:
        self.wrong_at = wrong_at
        self.equal = equal

    def initial(self) -> Counters:
        return (0, 0)

    def steps(self, state: Counters) -> Iterator[Step[Counters]]:
        first, second = state
        if first < 3:
            yield self._step("the first counts", (first + 1, second))
        if second < 3:
            yield self._step("the second counts", (first, second + 1))

    def _step(self, text: str, state: Counters) -> Step[Counters]:
        at = self.wrong_at
        return Step(text, state, "both are there" if at and state == (at, at) else "")

    def parts(self, state: Counters) -> Parts:
        return tuple(sorted(state)) if self.equal else state

    def whole(self, parts: Parts) -> Counters:
        return cast("Counters", parts)


def test_every_state_is_visited_once() -> None:
    result = explore(TwoCounters())
    assert (result.states, result.steps, result.depth) == (16, 24, 6)
    assert result.complete
    assert not result.wrong


def test_equal_states_are_counted_once() -> None:
    assert explore(TwoCounters(equal=True)).states == 10


def test_shortest_path_to_the_wrong_step_is_returned() -> None:
    result = explore(TwoCounters(wrong_at=2))
    assert result.wrong == "both are there"
    assert sorted(result.trace) == ["the first counts"] * 2 + ["the second counts"] * 2
    assert not result.complete


def test_trace_keeps_names_of_equal_threads() -> None:
    trace = explore(TwoCounters(wrong_at=1, equal=True)).trace
    assert sorted(trace) == ["the first counts", "the second counts"]


def test_search_of_too_many_states_raises() -> None:
    with pytest.raises(TooManyStates, match="more than 5"):
        explore(TwoCounters(), max_states=5)
