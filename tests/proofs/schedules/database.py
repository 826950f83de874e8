"""What stands for the database: how many posts and likes are committed. A load reads both."""

import json

from django.db import OperationalError

from tests.proofs.schedules.history import History, Kind, Load, Write
from tests.proofs.schedules.scheduler import Scheduler


class Database:
    def __init__(self, scheduler: Scheduler, history: History) -> None:
        self._scheduler, self._history = scheduler, history
        self.is_down = False

    def commit(self, kind: Kind, process: str) -> Write:
        version = self._history.latest(kind) + 1
        write = Write(kind, version, process, self._history.moment(self._scheduler.tick()))
        self._history.writes.append(write)
        self._scheduler.tell(f"commits {kind} {version}")
        return write

    def load(self, page: str, *, leased: int, committed: bool = True) -> bytes:
        """What a query sees that is sent now; the answer takes its time.

        Raises:
            OperationalError: the database is down.
        """
        self._scheduler.point()
        if self.is_down:
            self._scheduler.tell("finds the database down")
            raise OperationalError("the database is down")
        moment = self._history.moment(self._scheduler.tick())
        thread = self._scheduler.current
        load = Load(
            thread.name if thread else "", page, leased, moment, len(self._scheduler.story) + 1
        )
        self._history.loads.append(load)
        posts, likes = self._history.latest("posts"), self._history.latest("likes")
        self._scheduler.tell(f"reads posts {posts}, likes {likes} from the database")
        body = {"posts": posts, "likes": likes, "loaded": moment, "committed": committed}
        # The answer is on its way, and the clock may go on.
        self._scheduler.point()
        load.end = self._history.moment(self._scheduler.tick())
        return json.dumps(body).encode()
