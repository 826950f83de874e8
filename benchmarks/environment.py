"""What every server of a run shares: PostgreSQL and Redis of the run's own, and what is in them."""

import json
import os
import secrets
import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

from redis import Redis

from tests.processes import temporary_directory
from tests.servers import SETTINGS_NAMES, RedisServer, start_postgres

DEMO_POSTS = 2_000
OURS, DEMO = 0, "demo"
# By then every worker knows of a change: that is the contract.
HEARD_SECONDS = 0.1


class Environment:
    """The databases, filled, and this process set up as one of the site's, to write in them."""

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
            LOG_LEVEL="ERROR",  # this process outlives its Redis
            DJANGO_SETTINGS_MODULE="feedsite.settings",
        )
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("seed_demo", posts=posts, stdout=(self.directory / "seed.log").open("w"))

    def redis_url(self, number: int) -> str:
        """One of Redis's databases: each server that caches there has its own."""
        return f"redis://127.0.0.1:{self.redis.port}/{number}"

    def env(self, added: Mapping[str, str]) -> dict[str, str]:
        """The environment of a server: this process's, with the defaults of a deployment."""
        kept = {name: value for name, value in os.environ.items() if name != "LOG_LEVEL"}
        return {**kept, "WEB_THREADS": "4", **added}

    @cached_property
    def roots(self) -> list[int]:
        """The first processes of Redis and PostgreSQL."""
        with Redis.from_url(self.redis_url(OURS), protocol=2) as client:
            pid: int = client.info("server")["process_id"]
        return [pid, int((self.postgres / "data/postmaster.pid").read_text().split()[0])]

    def reference(self) -> dict[str, Any]:
        """The newest page, straight from the database: what each subject has to answer."""
        from feed.queries import feed_posts
        from feed.serializers import page_json

        page: dict[str, Any] = json.loads(page_json(feed_posts(after=None, limit=21), limit=20))
        return page

    def forget(self, number: int | None) -> None:
        """Empty a cache: ours as a write does it, a peer's by emptying its database in Redis."""
        from feed.cache import feed_cache

        if number:
            with Redis.from_url(self.redis_url(number), protocol=2) as client:
                client.flushdb()
        else:
            feed_cache().invalidate("benchmark")
            time.sleep(HEARD_SECONDS)

    @cached_property
    def token(self) -> str:
        from posts import tokens
        from posts.models import User

        return tokens.issue(User.objects.get(username=DEMO)).secret

    @cached_property
    def session_cookie(self) -> str:
        """The Cookie header of somebody who has signed in and looked at a page."""
        from django.conf import settings
        from django.test import Client

        from posts.models import User

        client = Client()
        client.force_login(User.objects.get(username=DEMO))
        client.get("/", headers={"host": "localhost"})
        names = settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME
        return "; ".join(f"{name}={client.cookies[name].value}" for name in names)

    def older_pages(self, count: int) -> Path:
        """A file of paths, each of a page that nobody has asked for yet: from a moment between
        two posts, of which there are as many as there are microseconds."""
        from feed.cursors import NEAR_PAGES, Cursor, Near
        from feed.pages import DEFAULT_LIMIT
        from posts.models import Post

        newest = Post.objects.newest_first().values_list("created_at", flat=True)
        latest, earliest = newest[0], newest[newest.count() // 2]
        span = latest - earliest
        rng = Random(secrets.randbits(64))  # noqa: S311 -- any moments will do
        near = Near(NEAR_PAGES, DEFAULT_LIMIT)  # or they would be isolated
        cursors = (Cursor(earliest + span * rng.random(), 1, near).encode() for _ in range(count))
        path = self.directory / f"older-{secrets.token_hex(4)}.txt"
        path.write_text("".join(f"/api/feed/?cursor={cursor}\n" for cursor in cursors))
        return path
