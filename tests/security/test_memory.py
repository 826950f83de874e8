"""Reads of many different pages cannot fill the memory of a process (finding 2)."""

import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from itertools import islice
from pathlib import Path

import pytest
from django.conf import settings

from feed.cache import feed_policy
from feed.cursors import Cursor
from posts.models import Post
from tests.factories import UserFactory
from tests.site import Site

pytestmark = [
    pytest.mark.proof,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="It reads /proc."),
]

NOON = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)
# Allowed above the limits in the settings: threads, buffers, fragmentation.
SLACK_BYTES = 50_000_000
PROMISED_BYTES = feed_policy().memory_bytes + sum(
    settings.FEED[name] for name in ("FRONT_DOOR_BYTES", "CARD_BYTES", "VIEWER_BYTES")
)
ENCODINGS = ("identity", "gzip", "br", "zstd")
CLIENTS = 4
POSTS = 1_000
# The largest texts in memory: each `"` becomes six characters of HTML, and one emoji makes Python
# store each character in four bytes. Others have as many mentions, links or hashtags as fit.
HEAVY = '"' * 4_990 + "\N{GRINNING FACE}"
TEXTS = (*[HEAVY] * 17, "@a " * 1_666, "https://example.org/ " * 238, "#a " * 1_666)


@pytest.fixture
def posts() -> list[Post]:
    authors = UserFactory.create_batch(30)
    rows = (
        Post(
            author=authors[number % 30],
            content=f"{TEXTS[number % len(TEXTS)]}{number}"[-5_000:],
            created_at=NOON + timedelta(seconds=number),
        )
        for number in range(POSTS)
    )
    return Post.objects.bulk_create(rows)


def resident_bytes(site: Site) -> int:
    """Return the resident memory of the only worker, a child of the server."""
    assert site._process
    children = Path(f"/proc/{site._process.pid}/task/{site._process.pid}/children").read_text()
    (worker,) = children.split()
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{worker}/status").read_text())
    assert found
    return int(found[1]) * 1024


def read_all(site: Site, paths: list[str]) -> None:
    """Read the paths by several concurrent clients, each in all encodings in turn."""

    def read(part: list[str]) -> None:
        connection = HTTPConnection("127.0.0.1", site.port, timeout=30)
        for number, path in enumerate(part):
            encoding = ENCODINGS[number % len(ENCODINGS)]
            connection.request("GET", path, headers={"Accept-Encoding": encoding})
            response = connection.getresponse()
            response.read()
            assert response.status == 200, path
        connection.close()

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(read, [paths[client::CLIENTS] for client in range(CLIENTS)]))


def unsigned_cursors(posts: list[Post]) -> Iterator[str]:
    """Yield cursors of positions between two posts, without end."""
    microsecond = 0
    while True:
        microsecond += 1
        for post in posts[30::25]:
            yield Cursor(post.created_at + timedelta(microseconds=microsecond), 1).encode()


def test_memory_of_a_process_stays_bounded_over_many_different_pages(
    posts: list[Post], serve: Callable[..., Site]
) -> None:
    """Read 440 pages as large as 10,000 usual ones: about 300 MB rendered."""
    site = serve(WEB_WORKERS="1", WEB_THREADS=str(CLIENTS), LOG_LEVEL="WARNING")
    read_all(site, ["/", "/api/feed/"] * CLIENTS)
    before = resident_bytes(site)
    cursors = unsigned_cursors(posts)
    paths = [f"/?cursor={cursor}" for cursor in islice(cursors, 160)]
    paths += [
        f"/api/feed/?limit={limit}&cursor={cursor}"
        for limit in range(1, 51)
        for cursor in islice(cursors, 3)
    ]
    paths += [f"/posts/{post.pk}/" for post in posts[::10]]
    paths += [f"/authors/{name}/" for name in sorted({post.author.username for post in posts})]
    assert len(paths) == len(set(paths))
    read_all(site, paths)
    grown = resident_bytes(site) - before
    assert grown <= PROMISED_BYTES + SLACK_BYTES, f"{before / 1e6:.0f} MB + {grown / 1e6:.0f} MB"
