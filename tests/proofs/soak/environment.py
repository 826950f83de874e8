"""Where a run takes place: PostgreSQL, Redis, a proxy for one worker, and the workers."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from tests.processes import wait_until
from tests.proofs.soak.database import Database
from tests.proofs.soak.journal import Away, Journal, Register, Span, Version, View
from tests.proofs.soak.page_parser import PageParser, counted
from tests.proofs.soak.proxy import Proxy
from tests.servers import RedisServer
from tests.site import Site

WRITERS_PER_WORKER = 2
TOKENS_PER_WORKER = 30
PROXIED = 0  # the worker behind the proxy
# Their sum is less than the 20 posts of the first page, so it shows all there is to see.
COUNTED = 2
_BREAKER = re.compile(
    r"timestamp=(\S+) level=warning .*event=\"breaker (opened|closed).*?(?:probe_seconds=(\S+))?$",
    re.MULTILINE,
)

T = TypeVar("T")


class Environment:
    """Each worker is a server of its own, so that a reader knows whom it asks."""

    def __init__(self, *, workers: int = 3, **env: str) -> None:
        self._closing = ExitStack()
        self._env = {"DJANGO_SETTINGS_MODULE": "feedsite.settings", "LOG_LEVEL": "WARNING", **env}
        self.database = Database()
        self._closing.callback(self.database.close)
        self.redis = RedisServer()
        self._closing.callback(self.redis.kill)
        self.redis.start()
        self.proxy = Proxy(self.redis.port)
        self._closing.callback(self.proxy.close)
        self.proxy.start()
        posts, counts = workers * WRITERS_PER_WORKER, range(COUNTED)
        self.registers = [
            Register(f"w{n}", "posts", n % workers, [Version(frozenset())]) for n in range(posts)
        ]
        self.registers += [
            Register(f"c{posts + n}", "counts", n % workers, [Version(0)]) for n in counts
        ]
        made = self._make_content(workers)
        for register, post in zip(self.registers[posts:], made["posts"], strict=True):
            register.posts[0] = post
        self.tokens = [made["tokens"][n::workers] for n in range(workers)]
        self.sites = [Site(**self._environment(n)) for n in range(workers)]
        self.restarts: dict[int, list[Span]] = {}
        self.database_away: list[Span] = []
        # The workers' logs tell the time of day, which nobody changes during a run.
        self._day = time.time() - time.monotonic()

    def start(self) -> None:
        _all_at_once(Site.start, self.sites)

    def close(self) -> None:
        for site in self.sites:
            site.close()
        self._closing.close()

    def journal(self) -> Journal:
        """A new one, for the same registers."""
        return Journal(
            registers=self.registers,
            workers=len(self.sites),
            restarts=self.restarts,
            database_away=self.database_away,
        )

    def aways(self) -> dict[int, list[Away]]:
        """When each worker's breaker was open, by its own log."""
        return {worker: list(self._aways(worker)) for worker in range(len(self.sites))}

    def _aways(self, worker: int) -> list[Away]:
        found: list[Away] = []
        opened: float | None = None
        for change_marker, what, probe_seconds in _BREAKER.findall(self.sites[worker].log()):
            moment = datetime.fromisoformat(change_marker).timestamp() - self._day
            if what == "opened":
                opened = moment if opened is None else opened
            elif opened is not None:
                found.append(Away(opened, moment - float(probe_seconds), moment))
                opened = None
        if opened is not None:
            ends = [span.ended for span in self.restarts.get(worker, []) if span.began > opened]
            end = min(ends, default=float("inf"))
            found.append(Away(opened, end, end))
        return found

    def in_database(self) -> View:
        """The registers as the database has them."""
        posts = self.database.ask(
            "SELECT p.id, p.content, (SELECT count(*) FROM posts_comment c WHERE c.post_id = p.id)"
            " FROM posts_post p WHERE p.content LIKE '[%'"
        )
        listed = [{"content": content, "comments_count": count} for _, content, count in posts]
        return PageParser(self.registers).view(json.dumps({"posts": listed}).encode())

    def stats(self) -> dict[str, Any]:
        """The fleet's counts; each worker sends its own when asked."""
        for site in self.sites:
            answer = site.get("/health/cache").json()
        stats: dict[str, Any] = answer["stats"]
        return stats

    def healthy(self) -> bool:
        """Whether every worker has Redis and the database again."""
        return all(
            site.get("/health/ready").status == 200
            and site.get("/health/cache").json()["status"] == "healthy"
            for site in self.sites
        )

    def restart(self, workers: Iterable[int], **env: str) -> None:
        """End workers and start them again with `env`; without any, as they were at first."""
        _all_at_once(lambda worker: self._restart(worker, env), workers)

    def _restart(self, worker: int, env: dict[str, str]) -> None:
        old = self.sites[worker]
        old.close()
        site = self.sites[worker] = Site(**self._environment(worker) | env)
        # Whoever reads and writes there goes on doing so.
        site.port, site.url = old.port, old.url
        site.start()

    def processes_of(self, worker: int) -> list[int]:
        """The processes that serve, without the one that watches over them."""
        process = self.sites[worker]._process
        assert process
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        return [
            int(pid)
            for pid in children.split()
            if "resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_text()
        ]

    def killed(self, worker: int, began: float) -> None:
        """Wait for the successor of a worker that was killed, and take note."""
        site = self.sites[worker]
        wait_until(site._answers, 20)
        self.restarts.setdefault(worker, []).append(Span(began, time.monotonic()))

    def _environment(self, worker: int) -> dict[str, str]:
        server = self.proxy if worker == PROXIED else self.redis
        return self._env | {
            "DATABASE_URL": self.database.url,
            "REDIS_URL": server.url,
            "WEB_WORKERS": "1",
        }

    def _make_content(self, workers: int) -> dict[str, list[str]]:
        tokens = str(workers * TOKENS_PER_WORKER)
        first = workers * WRITERS_PER_WORKER
        names = [counted(first + n) for n in range(COUNTED)]
        env = {**os.environ, **self._env, "DATABASE_URL": self.database.url}
        env.pop("REDIS_URL", None)
        command = [sys.executable, "-m", "tests.proofs.soak.content", tokens, *names]
        made = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stderr
        content: dict[str, list[str]] = json.loads(made.stdout)
        return content


def _all_at_once(act: Callable[[T], None], what: Iterable[T]) -> None:
    with ThreadPoolExecutor() as pool:
        list(pool.map(act, what))
