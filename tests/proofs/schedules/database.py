"""A model of the database: the numbers of committed posts and likes. A load reads both."""

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
        self._scheduler.record(f"commits {kind} {version}")
        return write

    def load(self, page: str, *, leased: int, committed: bool = True) -> bytes:
        """Return the page that a query sees if it is sent now. Its answer takes time.

        Raises:
            OperationalError: The database is down.
        """
        self._scheduler.point()
        if self.is_down:
            self._scheduler.record("finds the database down")
            raise OperationalError("the database is down")
        moment = self._history.moment(self._scheduler.tick())
        thread = self._scheduler.current
        load = Load(
            thread.name if thread else "", page, leased, moment, len(self._scheduler.trace) + 1
        )
        self._history.loads.append(load)
        posts, likes = self._history.latest("posts"), self._history.latest("likes")
        self._scheduler.record(f"reads posts {posts}, likes {likes} from the database")
        body = {"posts": posts, "likes": likes, "loaded": moment, "committed": committed}
        # The answer is on its way: other threads may run, and time may pass.
        self._scheduler.point()
        load.end = self._history.moment(self._scheduler.tick())
        return json.dumps(body).encode()
