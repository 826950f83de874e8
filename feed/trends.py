"""Hashtags and people of the week, for the page that offers something to read.

They follow from the newest posts of the last week, so that the cost is bounded, and are computed
again after TRENDS_SECONDS. A hashtag counts people and not posts, and a person the people who like
one of their posts: writing more posts gives no more of them.
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.db import router
from django.db.models import Case, OuterRef, Value, When
from django.db.models.functions import Substr
from django.utils import timezone

from feed.authors import Counted
from feed.cache import feed_cache
from feed.errors import QueryTooSlowError
from feed.queries import limited_time
from freshcache.errors import DATABASE_FAILURES
from posts.models import Like, Post
from posts.text import hashtags

log = logging.getLogger(__name__)

WEEK = timedelta(days=7)
RECENT_POSTS = 5_000
# A hashtag or a person needs so many others.
MIN_PEOPLE = 2
MAX_TAGS = 8
MAX_PEOPLE = 5
# Of each post, so that a popular one costs no more.
MAX_LIKES = 100
MAX_CHARACTERS = 1_000


class Trends(NamedTuple):
    """Folded hashtags with the number of people who used them, and ids of people, best first."""

    tags: tuple[tuple[str, int], ...] = ()
    people: tuple[int, ...] = ()


class _RecentRow(NamedTuple):
    """A post. `content`: its beginning, empty without a hashtag. `likes`: by others."""

    author_id: int
    joined: datetime
    content: str
    likes: int


def trends_of(since: datetime) -> Trends:
    """Compute the trends from the posts since then: one query.

    Raises:
        QueryTooSlowError: The database needs too long.
    """
    rows = recent_posts(since)
    users: defaultdict[str, set[int]] = defaultdict(set)
    likes: defaultdict[int, int] = defaultdict(int)
    for row in rows:
        for tag in hashtags(row.content):
            users[tag].add(row.author_id)
        likes[row.author_id] = max(likes[row.author_id], row.likes)
    tags = sorted((-len(people), tag) for tag, people in users.items() if len(people) >= MIN_PEOPLE)
    liked = sorted(
        (pk for pk, number in likes.items() if number >= MIN_PEOPLE), key=likes.__getitem__
    )
    new = [row.author_id for row in rows if row.joined >= since]
    people = dict.fromkeys([*reversed(liked), *new])
    return Trends(
        tuple((tag, -number) for number, tag in tags[:MAX_TAGS]), tuple(people)[:MAX_PEOPLE]
    )


def recent_posts(since: datetime) -> Sequence[_RecentRow]:
    """Return the newest RECENT_POSTS visible posts since then, newest first.

    Raises:
        QueryTooSlowError: The database needs too long.
    """
    likes = Like.objects.filter(post=OuterRef("pk")).exclude(user=OuterRef("author"))
    beginning = Substr("content", 1, MAX_CHARACTERS)
    posts = Post.objects.using(router.db_for_write(Post)).visible().filter(created_at__gte=since)
    rows = posts.newest_first().values_list(
        "author_id",
        "author__date_joined",
        Case(When(content__contains="#", then=beginning), default=Value("")),
        Counted(likes.values("pk")[:MAX_LIKES]),
    )
    with limited_time():
        return [_RecentRow(*row) for row in rows[:RECENT_POSTS]]


class RecentTrends:
    """The trends as of at most `max_seconds` ago. Thread-safe.

    One thread computes them, while the others get those before. They are the same in each process
    but for the moment of computing.
    """

    def __init__(self, max_seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_seconds = max_seconds
        self._clock = clock
        self._known = Trends()
        self._computed_at: float | None = None
        self._computing = threading.Lock()

    def current(self) -> Trends:
        """Return the trends; those before, or none, if the database fails."""
        if self._is_due() and self._computing.acquire(blocking=self._computed_at is None):
            try:
                if self._is_due():  # another thread may have been first
                    self._compute()
            finally:
                self._computing.release()
        return self._known

    def _is_due(self) -> bool:
        computed_at = self._computed_at
        return computed_at is None or self._clock() - computed_at >= self._max_seconds

    def _compute(self) -> None:
        try:
            with feed_cache().database.asked():
                self._known = trends_of(timezone.now() - WEEK)
        except (*DATABASE_FAILURES, QueryTooSlowError) as error:
            log.warning("trends not computed", extra={"error": repr(error)})
        self._computed_at = self._clock()


@cache
def recent_trends() -> RecentTrends:
    """Return the trends that this process knows."""
    return RecentTrends(settings.TRENDS_SECONDS)


def reset() -> None:
    """Forget what this process knows."""
    recent_trends.cache_clear()
