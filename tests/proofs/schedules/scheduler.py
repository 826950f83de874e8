"""Runs real threads one at a time. A strategy chooses at every switch point which one continues.

Only the thread that holds the baton runs. Time is a number: it moves when all threads wait, or by
an action. A run depends only on the choices of the strategy, so the same choices repeat it.
"""

import math
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from tests.proofs.schedules import threads
from tests.proofs.schedules.strategies import Strategy
from tests.proofs.schedules.threads import Thread

MAX_STEPS = 20_000
TICK_SECONDS = 2e-6


class Abandoned(BaseException):
    """The run is over: this thread must end wherever it is."""


@dataclass(frozen=True, slots=True)
class Action:
    """An event that is not a step of a thread. It happens at once and as a whole."""

    name: str
    happen: Callable[[], None]


@dataclass(eq=False, slots=True)
class Task:
    """A thread of one worker process. `background`: the run does not wait for its end."""

    name: str
    process: str
    work: Callable[[], object]
    background: bool
    thread: Thread
    ready: Callable[[], bool] | None = None
    until: float = math.inf


@dataclass(slots=True)
class Scheduler:
    """`lines_of` selects files in which every line is a switch point. `trace`: what was done so
    far."""

    strategy: Strategy
    lines_of: Callable[[str], bool] | None = None
    now: float = 1_000_000.0
    steps: int = 0
    wrong: str = ""
    current: Task | None = None
    tasks: list[Task] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    _chains: list[deque[Action]] = field(default_factory=list)
    _branching: bool = False
    _over: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _abandoned: bool = False
    _deciding: bool = False

    def start(
        self, name: str, process: str, work: Callable[[], object], *, background: bool = False
    ) -> None:
        """Add a thread. It runs only inside `run`, when the strategy chooses it."""
        task = Task(name, process, work, background, threads.take())
        self.tasks.append(task)
        task.thread.begin(lambda: self._carry_out(task))

    def run(self, *, actions: Iterable[Sequence[Action]] = (), branching: bool = True) -> None:
        """Run until all threads but those in the background have ended, or something is `wrong`.

        `actions`: chains; the next action of each chain may happen at any point. `branching` False:
        each thread runs as long as it can, and the strategy is not asked.
        """
        self._chains = [deque(chain) for chain in actions]
        self._branching = branching
        if not self.wrong:
            self._hand_over(self._next(None))
            self._over.acquire()

    def close(self) -> None:
        """End threads that still run in the background, or wait."""
        self._abandoned = True
        while self.tasks:
            self._hand_over(self.tasks[0])
            self._over.acquire()

    def tick(self) -> float:
        """Return the time in seconds. It advances with each call, as on a server."""
        self.now += TICK_SECONDS
        return self.now

    def record(self, line: str) -> None:
        """Add a line about the current thread to the trace."""
        self.trace.append(f"{self.current.name}: {line}" if self.current else line)

    def point(self) -> None:
        """A switch point: another thread may run here."""
        if (me := self.current) is not None:
            self._switch(me)

    def point_within(self, process: str) -> None:
        """A switch point for other threads of the same process only; others can't see the
        difference.

        Without such a thread it is no point, which keeps the search small.
        """
        if (me := self.current) is not None and any(
            task is not me and task.process == process for task in self.tasks
        ):
            self._switch(me)

    def wait_for(self, ready: Callable[[], bool], seconds: float = math.inf) -> bool:
        """Return when the condition holds, or after `seconds`; return whether it holds."""
        if (me := self.current) is None:
            assert ready(), "no other thread runs that could make the condition true"
            return True
        me.ready, me.until = ready, self.now + seconds
        self._switch(me)
        me.ready, me.until = None, math.inf
        return ready()

    def choose(self, costs: Sequence[int]) -> int:
        """Choose among outcomes other than the next thread: 0 unless the strategy chooses
        otherwise."""
        return self.strategy.choose(costs) if self._branching and not self._abandoned else 0

    def _switch(self, me: Task) -> None:
        if self._abandoned:
            raise Abandoned
        self.steps += 1
        following = self._next(me)
        if following is not me:
            self._hand_over(following)
            me.thread.wait()
            if self._abandoned:
                raise Abandoned

    def _next(self, me: Task | None) -> Task | None:
        """Return the next thread, or None if the run has ended."""
        self._deciding = True
        try:
            return self._decide(me)
        finally:
            self._deciding = False

    def _decide(self, me: Task | None) -> Task | None:
        while True:
            able = [task for task in self.tasks if self._is_able(task)]
            if me in able:
                able.remove(me)
                able.insert(0, me)
            heads = [chain for chain in self._chains if chain] if self._branching else []
            waiting = min((task.until for task in self.tasks), default=math.inf)
            if self.steps > MAX_STEPS:
                self._stop("the run does not end")
                return None
            if not able and waiting == math.inf and not heads:
                self._stop("deadlock: all threads wait")
                return None
            time_passes = not able and waiting < math.inf
            preempting = 1 if able and able[0] is me else 0
            costs = [0] * time_passes + [0] * bool(able) + [preempting] * (len(able) - 1)
            place = self._choose_next(costs, len(heads))
            if place < len(able):
                return able[place]
            if place < len(costs):
                self.now = waiting
            else:
                action = heads[place - len(costs)].popleft()
                self.trace.append(f"-- {action.name}")
                action.happen()

    def _choose_next(self, costs: list[int], actions: int) -> int:
        if len(costs) + actions == 1 or not self._branching:
            return 0
        return self.strategy.choose([*costs, *[0] * actions])

    def _is_able(self, task: Task) -> bool:
        return task.ready is None or self.now >= task.until or task.ready()

    def _stop(self, wrong: str) -> None:
        waiting = ", ".join(task.name for task in self.tasks if not self._is_able(task))
        self.wrong = f"{wrong} ({waiting})"

    def _hand_over(self, task: Task | None) -> None:
        self.current = task
        if task is None:
            self._over.release()
        else:
            task.thread.go()

    def _carry_out(self, task: Task) -> None:
        trace = sys.gettrace()
        try:
            if self.lines_of is not None:
                sys.settrace(self._trace_call)
            if not self._abandoned:
                task.work()
        except Abandoned:
            pass
        except BaseException as error:  # noqa: BLE001 -- the error is the result of the run
            self.wrong = self.wrong or f"{task.name} raised {error!r}"
        finally:
            sys.settrace(trace)
        self.tasks.remove(task)
        threads.give_back(task.thread)
        if self._abandoned or self.wrong or all(other.background for other in self.tasks):
            self._hand_over(None)
        else:
            self._hand_over(self._next(None))

    def _trace_call(self, frame: FrameType, event: str, argument: object) -> Any:
        matches = self.lines_of is not None and self.lines_of(frame.f_code.co_filename)
        return self._trace_line if matches else None

    def _trace_line(self, frame: FrameType, event: str, argument: object) -> Any:
        busy = self._deciding or self._abandoned
        if event == "line" and not busy and (me := self.current) is not None:
            self.point_within(me.process)
        return self._trace_line
