"""manage.py verify_feed: does the running deployment keep its promises?"""

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

from feed.verification.author import LeftBehind
from feed.verification.checks import Result, Row, Unreachable, verify

SOME_FAILED, NOT_VERIFIED, INTERRUPTED = 1, 2, 130

HELP = f"""\
Verify a running deployment from end to end: health, the cache, and that each kind of write is in
every read of every worker as soon as docs/caching.md promises.

Run it with the deployment's own environment (DATABASE_URL, REDIS_URL, WEB_WORKERS): it writes to
the database and looks into Redis beside the site. It makes an account (verify-feed-...), writes
some posts that readers see for seconds, and deletes it all again, also when interrupted; what a
killed run leaves, a later one deletes. It makes about ten writes through the API and as many beside
it, each followed by a dozen reads for each worker.

Without Redis, what this command writes by itself is not heard of by the site; those checks are
skipped, and the site's own API is verified. Give an --url with no cache in front that may keep
pages (EDGE_S_MAXAGE_SECONDS), or add what it keeps to the promise.

Exit codes:
  0 nothing failed
  {SOME_FAILED} something failed
  {NOT_VERIFIED} nothing answers, or the database does not: nothing could be verified
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
        except Unreachable as error:
            text = f"Nothing answers at {url}: {error}"
            raise CommandError(text, returncode=NOT_VERIFIED) from error
        except DatabaseFault as error:
            text = f"The database of DATABASE_URL does not answer: {error}"
            raise CommandError(text, returncode=NOT_VERIFIED) from error
        except LeftBehind as error:
            raise CommandError(f"Beware: {error}.", returncode=SOME_FAILED) from error
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
    """The outage that this makes for itself is none that a log should tell of."""
    log = logging.getLogger("feed")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)


@contextmanager
def _interruptible() -> Iterator[None]:
    """The first signal interrupts; the next ones wait until everything is cleaned up."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}

    def interrupt(number: int, frame: object) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number, handler in before.items():
        if handler is not signal.SIG_IGN:  # as nohup leaves SIGHUP
            signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
