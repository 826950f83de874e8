"""Threads that run one at a time, and a strategy that says at every point which of them goes on.

The threads are real and so is the code they run; a baton goes from one to the next. Time is a
number: it moves when everybody waits for it to, or when an action moves it. So a run depends on
nothing but what the strategy chooses, and the same choices give the same run again.
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
    """The run is over, and this thread leaves wherever it is."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that happens to everybody and is no thread's step: at once and as a whole."""

    name: str
    happen: Callable[[], None]


@dataclass(eq=False, slots=True)
class Task:
    """A thread of one worker process. `background`: the run doesn't wait for its end."""

    name: str
    process: str
    work: Callable[[], object]
    background: bool
    thread: Thread
    ready: Callable[[], bool] | None = None
    until: float = math.inf


@dataclass(slots=True)
class Scheduler:
    """`lines_of` matches the file names of code whose every line is a point as well."""

    strategy: Strategy
    lines_of: Callable[[str], bool] | None = None
    now: float = 1_000_000.0
    steps: int = 0
    wrong: str = ""
    current: Task | None = None
    tasks: list[Task] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    _chains: list[deque[Action]] = field(default_factory=list)
    _branching: bool = False
    _over: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _abandoned: bool = False
    _deciding: bool = False

    def start(
        self, name: str, process: str, work: Callable[[], object], *, background: bool = False
    ) -> None:
        """A new thread. It runs when it is chosen, and not before `run`."""
        task = Task(name, process, work, background, threads.take())
        self.tasks.append(task)
        task.thread.begin(lambda: self._carry_out(task))

    def run(self, *, actions: Iterable[Sequence[Action]] = (), branching: bool = True) -> None:
        """Until all threads but those in the background have ended, or something is `wrong`.

        `actions`: chains of them; the next of each chain may happen at any point. `branching`
        False: everybody goes on as long as they can, and the strategy isn't asked.
        """
        self._chains = [deque(chain) for chain in actions]
        self._branching = branching
        if not self.wrong:
            self._hand_over(self._next(None))
            self._over.acquire()

    def close(self) -> None:
        """End what is still running in the background, or stuck."""
        self._abandoned = True
        while self.tasks:
            self._hand_over(self.tasks[0])
            self._over.acquire()

    def tick(self) -> float:
        """The time, which is later whenever anybody asks for it, as it is in a server."""
        self.now += TICK_SECONDS
        return self.now

    def tell(self, what: str) -> None:
        """Add to the story of this run what the current thread has just done."""
        self.story.append(f"{self.current.name}: {what}" if self.current else what)

    def point(self) -> None:
        """Here somebody else may go first."""
        if (me := self.current) is not None:
            self._switch(me)

    def point_within(self, process: str) -> None:
        """Here another thread of the same process may go first; to others it makes no difference.

        So where there is no other, it is no point, and the search has less to do.
        """
        if (me := self.current) is not None and any(
            task is not me and task.process == process for task in self.tasks
        ):
            self._switch(me)

    def wait_for(self, ready: Callable[[], bool], seconds: float = math.inf) -> bool:
        """Return once it is so, or after so many seconds; whether it is so."""
        if (me := self.current) is None:
            assert ready(), "nobody else runs who could make it so"
            return True
        me.ready, me.until = ready, self.now + seconds
        self._switch(me)
        me.ready, me.until = None, math.inf
        return ready()

    def choose(self, costs: Sequence[int]) -> int:
        """What happens here, when that isn't who goes on: 0 unless the strategy says otherwise."""
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
        """Who goes on; None: nobody, this run has come to an end."""
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
                self._stop("there is no end to it")
                return None
            if not able and waiting == math.inf and not heads:
                self._stop("deadlock: everybody waits for somebody else")
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
                self.story.append(f"-- {action.name}")
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
        except BaseException as error:  # noqa: BLE001 -- whatever it is, it is the run's result
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
