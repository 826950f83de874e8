"""The test environment: PostgreSQL, Redis, a proxy for one worker, and the workers."""

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
from tests.proofs.soak.journal import Journal, RedisOutage, Register, Span, Version, View
from tests.proofs.soak.page_parser import PageParser, commented_post
from tests.proofs.soak.proxy import Proxy
from tests.servers import RedisServer
from tests.site import Site

WRITERS_PER_WORKER = 2
TOKENS_PER_WORKER = 30
PROXIED = 0  # the worker behind the proxy
# All registers together have fewer than 20 posts, so the first page shows all of them.
COUNT_REGISTERS = 2
_BREAKER = re.compile(
    r"timestamp=(\S+) level=warning .*event=\"breaker (opened|closed).*?(?:probe_seconds=(\S+))?$",
    re.MULTILINE,
)

T = TypeVar("T")


class Environment:
    """Each worker is a separate server, so that a reader knows which worker answered."""

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
        posts, counts = workers * WRITERS_PER_WORKER, range(COUNT_REGISTERS)
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
        self.database_outages: list[Span] = []
        # Logs have the time of day. The difference to the monotonic clock is constant.
        self._day = time.time() - time.monotonic()

    def start(self) -> None:
        _in_parallel(Site.start, self.sites)

    def close(self) -> None:
        for site in self.sites:
            site.close()
        self._closing.close()

    def journal(self) -> Journal:
        """Return a new journal of the same registers."""
        return Journal(
            registers=self.registers,
            workers=len(self.sites),
            restarts=self.restarts,
            database_outages=self.database_outages,
        )

    def redis_outages(self) -> dict[int, list[RedisOutage]]:
        """Return when each worker's breaker was open, read from its log."""
        return {worker: list(self._redis_outages(worker)) for worker in range(len(self.sites))}

    def _redis_outages(self, worker: int) -> list[RedisOutage]:
        found: list[RedisOutage] = []
        opened: float | None = None
        for timestamp, event, probe_seconds in _BREAKER.findall(self.sites[worker].log()):
            moment = datetime.fromisoformat(timestamp).timestamp() - self._day
            if event == "opened":
                opened = moment if opened is None else opened
            elif opened is not None:
                found.append(RedisOutage(opened, moment - float(probe_seconds), moment))
                opened = None
        if opened is not None:
            ends = [span.ended for span in self.restarts.get(worker, []) if span.began > opened]
            end = min(ends, default=float("inf"))
            found.append(RedisOutage(opened, end, end))
        return found

    def in_database(self) -> View:
        """Return the states of the registers in the database."""
        posts = self.database.ask(
            "SELECT p.id, p.content, (SELECT count(*) FROM posts_comment c WHERE c.post_id = p.id)"
            " FROM posts_post p WHERE p.content LIKE '[%'"
        )
        listed = [{"content": content, "comments_count": count} for _, content, count in posts]
        return PageParser(self.registers).view(json.dumps({"posts": listed}).encode())

    def stats(self) -> dict[str, Any]:
        """Return the counts of all workers. A worker sends its counts when it is asked."""
        for site in self.sites:
            answer = site.get("/health/cache").json()
        stats: dict[str, Any] = answer["stats"]
        return stats

    def healthy(self) -> bool:
        """Return whether every worker reaches Redis and the database."""
        return all(
            site.get("/health/ready").status == 200
            and site.get("/health/cache").json()["status"] == "healthy"
            for site in self.sites
        )

    def restart(self, workers: Iterable[int], **env: str) -> None:
        """Restart workers with `env` added to their initial environment."""
        _in_parallel(lambda worker: self._restart(worker, env), workers)

    def _restart(self, worker: int, env: dict[str, str]) -> None:
        old = self.sites[worker]
        old.close()
        site = self.sites[worker] = Site(**self._environment(worker) | env)
        # Readers and writers keep using the same address.
        site.port, site.url = old.port, old.url
        site.start()

    def processes_of(self, worker: int) -> list[int]:
        """Return the serving processes, without the supervisor."""
        process = self.sites[worker]._process
        assert process
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        return [
            int(pid)
            for pid in children.split()
            if "resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_text()
        ]

    def record_restart(self, worker: int, began: float) -> None:
        """Wait until the successor of a killed worker answers, and record the interruption."""
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
        names = [commented_post(first + n) for n in range(COUNT_REGISTERS)]
        env = {**os.environ, **self._env, "DATABASE_URL": self.database.url}
        env.pop("REDIS_URL", None)
        command = [sys.executable, "-m", "tests.proofs.soak.content", tokens, *names]
        made = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stderr
        content: dict[str, list[str]] = json.loads(made.stdout)
        return content


def _in_parallel(act: Callable[[T], None], items: Iterable[T]) -> None:
    with ThreadPoolExecutor() as pool:
        list(pool.map(act, items))
