"""manage.py warm_feed: fill the cache before the first readers come."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Max

from feed import pages
from feed.cache import feed_cache
from feed.cursors import NEAR_PAGES, Cursor
from freshcache.errors import DATABASE_FAILURES
from freshcache.policy import Outcome
from freshcache.served import Served
from posts.models import User

MAX_PAGES = 1_000


class Command(BaseCommand):
    help = (
        "Fill the feed's first page in Redis, in the common limits, and on request older pages"
        " and authors' pages. Safe at any time: pages that are filled already stay, and new ones"
        " have the usual TTL. Without Redis the command does nothing, which is no error. The exit"
        " code is 1 if Redis or the database does not answer."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--pages",
            dest="older",
            type=int,
            default=0,
            metavar="N",
            help=(
                f"also the N pages after the first, of {pages.DEFAULT_LIMIT} posts each; pages"
                f" after number {NEAR_PAGES} are in no shared cache"
            ),
        )
        parser.add_argument(
            "--authors",
            type=int,
            default=0,
            metavar="N",
            help="also the first page of each of the N authors with the newest posts",
        )

    def handle(self, *args: Any, older: int, authors: int, **options: Any) -> None:
        if not (0 <= older <= MAX_PAGES and 0 <= authors <= MAX_PAGES):
            raise CommandError(f"--pages and --authors must be from 0 to {MAX_PAGES:,}.")
        if feed_cache().store is None:
            self.stdout.write(
                "Nothing was filled: no Redis is configured. Each process of the site keeps pages"
                " in its own memory, and fills it as readers ask for them."
            )
            return
        results: Counter[str] = Counter()
        try:
            for served in _read(older=older, authors=authors):
                results[_describe(served)] += 1
        except DATABASE_FAILURES as error:
            raise CommandError(f"The database does not answer: {error}") from error
        self.stdout.write(f"Pages: {', '.join(f'{n} {result}' for result, n in results.items())}.")


def _read(*, older: int, authors: int) -> Iterator[Served]:
    """Read pages as readers do, which fills those that are missing."""
    first, *_ = served = [pages.get_feed_page(limit=limit) for limit in pages.COMMON_LIMITS]
    yield from served
    following = first.page.data["next"]
    for _ in range(older):
        if following is None:
            break
        page = pages.get_feed_page(after=Cursor.decode(following))
        if not page.room.shared:
            break
        yield page
        following = page.page.data["next"]
    for username in _newest_authors(authors):
        with suppress(User.DoesNotExist):  # renamed or deactivated meanwhile
            yield pages.get_author_page(username)


def _newest_authors(count: int) -> list[str]:
    authors = User.objects.filter(is_active=True, posts__isnull=False)
    by_newest = authors.annotate(newest=Max("posts__created_at")).order_by("-newest")
    return list(by_newest.values_list("username", flat=True)[:count])


def _describe(served: Served) -> str:
    """Return what happened to a page.

    Raises:
        CommandError: The page is in this process's memory and not in Redis.
    """
    if served.outcome is Outcome.BYPASS:
        return "not filled: every connection to Redis was busy"
    if not served.shared:
        raise CommandError(
            "Redis does not answer. Pages are only in this command's memory, which ends with it."
        )
    if served.outcome is not Outcome.MISS:
        return "filled already"
    return "filled" if served.stored else "not filled: posts changed meanwhile"
