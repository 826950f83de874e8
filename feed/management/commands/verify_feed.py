"""manage.py verify_feed: check that a running deployment keeps the promises of the cache."""

import logging
import re
import signal
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseFault

from feed.errors import AccountNotDeletedError, SiteUnreachableError
from feed.verification.checks import Result, Row, verify

SOME_FAILED, NOT_VERIFIED, INTERRUPTED = 1, 2, 130

HELP = f"""\
Verify a running deployment from end to end: health, the cache, and that every read of every
worker shows each kind of write as soon as docs/caching.md promises.

Run it with the same environment as the site (DATABASE_URL, REDIS_URL, WEB_WORKERS), because it
also writes to the database and reads Redis directly. It makes an account (verify-feed-...), writes
some posts that readers see for seconds, and deletes everything, also when it is interrupted. A
later run deletes what a killed run left. It makes about ten writes through the API and as many
directly, and a dozen reads for each worker after each write.

Without Redis, the site gets no invalidation from this command, so the checks of direct writes are
skipped. Give an --url that leads to the site itself: a cache in front of it (EDGE_S_MAXAGE_SECONDS)
may serve pages for longer than the promise.

Exit codes:
  0 nothing failed
  {SOME_FAILED} something failed
  {NOT_VERIFIED} the site or the database does not answer: nothing was verified
  {INTERRUPTED} interrupted
"""


class Command(BaseCommand):
    help = HELP

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--url",
            default=f"http://127.0.0.1:{settings.PORT}",
            help="where the site is; its host must be in ALLOWED_HOSTS (%(default)s)",
        )

    def handle(self, *args: Any, url: str, **options: Any) -> None:
        if not re.fullmatch(r"https?://[^/\s?#@]+/?", url):
            raise CommandError(
                "--url must look like http://HOST:PORT, without a path.", returncode=NOT_VERIFIED
            )
        started = time.monotonic()
        results: Counter[Result] = Counter()
        try:
            with _quiet(), _interruptible(), closing(verify(url.rstrip("/"))) as rows:
                for row in rows:
                    results[row.result] += 1
                    self._print(row)
        except KeyboardInterrupt:
            text = "Interrupted; what was written is deleted."
            raise CommandError(text, returncode=INTERRUPTED) from None
        except SiteUnreachableError as error:
            text = f"Nothing answers at {url}: {error}"
            raise CommandError(text, returncode=NOT_VERIFIED) from error
        except DatabaseFault as error:
            text = f"The database of DATABASE_URL does not answer: {error}"
            raise CommandError(text, returncode=NOT_VERIFIED) from error
        except AccountNotDeletedError as error:
            raise CommandError(f"Warning: {error}.", returncode=SOME_FAILED) from error
        self._conclude(results, seconds=time.monotonic() - started)

    def _print(self, row: Row) -> None:
        style = {
            Result.PASS: self.style.SUCCESS,
            Result.FAIL: self.style.ERROR,
            Result.SKIP: self.style.WARNING,
        }[row.result]
        skipped = f"  ({row.detail})" if row.result is Result.SKIP else ""
        self.stdout.write(f"{style(row.result)}  {row.name}{skipped}")
        if row.result is Result.FAIL:
            self.stdout.write(f"      {row.detail}")
        self.stdout.flush()

    def _conclude(self, results: Counter[Result], *, seconds: float) -> None:
        text = (
            f"{results[Result.PASS]} passed, {results[Result.FAIL]} failed,"
            f" {results[Result.SKIP]} skipped, in {seconds:.0f} s."
        )
        if results[Result.FAIL]:
            raise CommandError(text, returncode=SOME_FAILED)
        self.stdout.write(text)


@contextmanager
def _quiet() -> Iterator[None]:
    """Log nothing: the checks of an outage would log one that the site does not have."""
    log = logging.getLogger("freshcache")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt at the first signal; ignore more of them during the clean-up."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}

    def interrupt(number: int, frame: object) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number, handler in before.items():
        if handler is not signal.SIG_IGN:  # nohup ignores SIGHUP, and that stays so
            signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
