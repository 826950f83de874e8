"""Cost of loading a page from a table of N posts: `python -m benchmarks.fill POSTS TIMES`.

A separate process, because it fills the empty database of DATABASE_URL.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

LIMIT = 20
DEEP_PAGE = 50_000
AUTHORS = 1_000
SQL = Path(__file__).with_name("sql")
EXPLAIN = {"postgresql": "EXPLAIN (ANALYZE, BUFFERS) ", "sqlite": "EXPLAIN QUERY PLAN "}


def main() -> None:
    import django
    from django.core.management import call_command
    from django.db import connection

    posts, times = int(sys.argv[1]), int(sys.argv[2])
    django.setup()
    call_command("migrate", verbosity=0)
    fill_table(posts)
    newest = _timed(_loader(None), times)
    pages = min(DEEP_PAGE, posts // LIMIT)
    deep = _timed(_loader(_cursor_of(pages)), times)
    sys.stdout.write(
        json.dumps(
            {
                "engine": connection.vendor,
                "posts": posts,
                "newest": newest,
                "deep": deep,
                "deep_page": pages,
            }
        )
    )


def fill_table(posts: int) -> None:
    """Insert `posts` posts into the empty tables."""
    from django.db import connection

    script = (SQL / f"{connection.vendor}.sql").read_text()
    for statement in (
        script.replace("POSTS", str(posts)).replace("AUTHORS", str(AUTHORS)).split(";")
    ):
        with connection.cursor() as cursor:
            cursor.execute(statement)


def _cursor_of(page: int) -> Any:
    """Return the cursor of a page, counted from 1: after the posts of all pages before it."""
    from feed.cursors import Cursor
    from posts.models import Post

    at = (page - 1) * LIMIT - 1
    post = Post.objects.newest_first()[at]
    return Cursor(post.created_at, post.pk)


def _loader(after: Any) -> Callable[[], bytes]:
    from feed.queries import feed_posts
    from feed.serializers import page_json

    return lambda: page_json(feed_posts(after=after, limit=LIMIT + 1), limit=LIMIT)


def _timed(load: Callable[[], bytes], times: int) -> dict[str, Any]:
    """Return median milliseconds of a load, its CPU time here, its queries, and the query plan."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    load()
    durations, cpu = [], time.process_time()
    for _ in range(times):
        started = time.perf_counter()
        load()
        durations.append(1e3 * (time.perf_counter() - started))
    cpu_ms = 1e3 * (time.process_time() - cpu) / times
    with CaptureQueriesContext(connection) as queries:
        load()
    with connection.cursor() as cursor:
        cursor.execute(EXPLAIN[connection.vendor] + queries[0]["sql"])
        plan = "\n".join(str(row[-1]) for row in cursor.fetchall())
    found = {"ms": statistics.median(durations), "cpu_ms": cpu_ms, "queries": len(queries)}
    return {**found, "plan": plan}


if __name__ == "__main__":
    main()
