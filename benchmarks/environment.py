"""Private PostgreSQL and Redis for one run, shared by all its servers, and their content."""

import json
import os
import secrets
import time
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

from redis import Redis

from tests.processes import temporary_directory
from tests.servers import SETTINGS_NAMES, RedisServer, start_postgres

DEMO_POSTS = 2_000
OURS, DEMO = 0, "demo"
# Within this time each worker knows of a change: more than the 50 ms of the contract.
PROPAGATION_SECONDS = 0.1


class Environment:
    """Databases with demo content. This process has the site's settings, so it can write."""

    def __init__(self, *, posts: int = DEMO_POSTS) -> None:
        for name in SETTINGS_NAMES.split():
            os.environ.pop(name, None)
        self.redis = RedisServer()
        self.redis.start()
        self.postgres = start_postgres()
        self.directory = temporary_directory("bench")
        self.database_url = f"postgres://feed@/postgres?host={self.postgres}"
        os.environ.update(
            SECRET_KEY=secrets.token_urlsafe(50),
            DATABASE_URL=self.database_url,
            REDIS_URL=self.redis_url(OURS),
            MEDIA_ROOT=str(self.directory / "media"),
            DEMO_PASSWORD=secrets.token_urlsafe(20),
            LOG_LEVEL="ERROR",  # at the end, Redis stops before this process
            DJANGO_SETTINGS_MODULE="feedsite.settings",
        )
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("seed_demo", posts=posts, stdout=(self.directory / "seed.log").open("w"))

    def redis_url(self, number: int) -> str:
        """Return the URL of a database in Redis: each server that caches has a separate one."""
        return f"redis://127.0.0.1:{self.redis.port}/{number}"

    def env(self, added: Mapping[str, str]) -> dict[str, str]:
        """Return the variables for a server: this process's, with the defaults of a deployment."""
        inherited = {name: value for name, value in os.environ.items() if name != "LOG_LEVEL"}
        # The task worker runs elsewhere: its CPU time is not a request's.
        return {**inherited, "WEB_THREADS": "4", "TASK_WORKER": "0", **added}

    @cached_property
    def roots(self) -> list[int]:
        """Main processes of Redis and PostgreSQL."""
        with Redis.from_url(self.redis_url(OURS), protocol=2) as client:
            pid: int = client.info("server")["process_id"]
        return [pid, int((self.postgres / "data/postmaster.pid").read_text().split()[0])]

    def reference(self) -> dict[str, Any]:
        """Return the newest page from the database, which each subject has to answer."""
        from feed.queries import feed_posts
        from feed.serializers import page_json

        page: dict[str, Any] = json.loads(page_json(feed_posts(after=None, limit=21), limit=20))
        return page

    def clear_cache(self, number: int | None) -> None:
        """Clear a cache: ours by an invalidation, a peer's by flushing its database in Redis."""
        from feed.cache import feed_cache

        if number:
            with Redis.from_url(self.redis_url(number), protocol=2) as client:
                client.flushdb()
        else:
            feed_cache().invalidate("benchmark")
            time.sleep(PROPAGATION_SECONDS)

    @cached_property
    def token(self) -> str:
        """A token of the demo account."""
        from posts import tokens
        from posts.models import User

        return tokens.issue(User.objects.get(username=DEMO)).secret

    @cached_property
    def session_cookie(self) -> str:
        """The Cookie header of a signed-in reader."""
        from django.conf import settings
        from django.test import Client

        from posts.models import User

        client = Client()
        client.force_login(User.objects.get(username=DEMO))
        client.get("/", headers={"host": "localhost"})
        names = settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME
        return "; ".join(f"{name}={client.cookies[name].value}" for name in names)

    def requests(self, lines: Iterable[str]) -> Path:
        """Write a file of requests, as `wrk.lua` reads them; return its path."""
        path = self.directory / f"requests-{secrets.token_hex(4)}.txt"
        path.write_text("".join(f"{line}\n" for line in lines))
        return path

    def older_pages(self, path: str, count: int) -> Path:
        """Write a file with pages of `path` that were never requested; return its path.

        Each cursor is a random time between two posts, to the microsecond.
        """
        from feed.cursors import NEAR_PAGES, Cursor, Near
        from feed.pages import DEFAULT_LIMIT
        from posts.models import Post

        newest = Post.objects.newest_first().values_list("created_at", flat=True)
        latest, earliest = newest[0], newest[newest.count() // 2]
        span = latest - earliest
        rng = Random(secrets.randbits(64))  # noqa: S311 -- no secret depends on it
        near = Near(NEAR_PAGES, DEFAULT_LIMIT)  # otherwise the pages would be isolated
        cursors = (Cursor(earliest + span * rng.random(), 1, near).encode() for _ in range(count))
        return self.requests(f"{path}?cursor={cursor}" for cursor in cursors)
