"""manage.py warm_feed: whoever reads first after a start finds the feed filled."""

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
from freshcache.policy import DATABASE_FAILURES, Outcome
from freshcache.served import Served
from posts.models import User

MAX_PAGES = 1_000


class Command(BaseCommand):
    help = (
        "Fill the feed's first page, in the common limits, and if asked older pages and authors'"
        " pages: in Redis, where every worker finds them. Safe at any time: a page that is there is"
        " left alone, and one that is filled lives as long as if a reader had filled it. Without"
        " Redis there is nothing to warm, which is no error. The exit code is 1 if Redis or the"
        " database does not answer."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--pages",
            dest="older",
            type=int,
            default=0,
            metavar="N",
            help=(
                f"also the N pages after the first, of {pages.DEFAULT_LIMIT} posts each;"
                f" those after {NEAR_PAGES} are in no shared cache"
            ),
        )
        parser.add_argument(
            "--authors",
            type=int,
            default=0,
            metavar="N",
            help="also the first pages of the N authors who wrote last",
        )

    def handle(self, *args: Any, older: int, authors: int, **options: Any) -> None:
        if not (0 <= older <= MAX_PAGES and 0 <= authors <= MAX_PAGES):
            raise CommandError(f"--pages and --authors must be from 0 to {MAX_PAGES:,}.")
        if feed_cache().store is None:
            self.stdout.write(
                "Nothing was warmed, for no Redis is configured: each process keeps pages in its"
                " own memory, and this one's would be gone now. The site's fill theirs as they are"
                " read."
            )
            return
        done: Counter[str] = Counter()
        try:
            for served in _read(older=older, authors=authors):
                done[_describe(served)] += 1
        except DATABASE_FAILURES as error:
            raise CommandError(f"The database does not answer: {error}") from error
        self.stdout.write(f"Pages: {', '.join(f'{n} {what}' for what, n in done.items())}.")


def _read(*, older: int, authors: int) -> Iterator[Served]:
    """Read as anybody would: that fills the pages that are missing."""
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
    for username in _last_authors(authors):
        with suppress(User.DoesNotExist):  # renamed or deactivated since we looked
            yield pages.get_author_page(username)


def _last_authors(count: int) -> list[str]:
    authors = User.objects.filter(is_active=True, posts__isnull=False)
    by_newest = authors.annotate(newest=Max("posts__created_at")).order_by("-newest")
    return list(by_newest.values_list("username", flat=True)[:count])


def _describe(served: Served) -> str:
    """What became of a page. Raise `CommandError` if it is only in this process's memory."""
    if served.outcome is Outcome.BYPASS:
        return "not filled, as every connection to Redis is busy"
    if not served.shared:
        raise CommandError(
            "Redis does not answer: what is filled is in this command's memory, and gone with it."
        )
    if served.outcome is not Outcome.MISS:
        return "there already"
    return "filled" if served.stored else "not filled, as posts changed meanwhile"
