"""manage.py import_posts FILE: add the posts of a file, each once, however often it runs."""

import re
import signal
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from posts.errors import LineRefusedError, UnreadableFileError
from posts.import_lines import OPTIONAL_FIELDS, TEXT_NAMES, ImportLine, read
from posts.importing import SOURCE_MAX_LENGTH, add

BATCH = 1_000
SOME_REFUSED, UNREADABLE, DATABASE_FAILED, INTERRUPTED = 1, 2, 3, 130

TEXTS = ", ".join(f"{name} (optional)" if name in OPTIONAL_FIELDS else name for name in TEXT_NAMES)
HELP = f"""\
Add posts from a .jsonl or .csv file (with a header), plain or with .gz, in UTF-8.

Fields: id (unique within its source), author, created_at (ISO 8601; UTC unless it has an offset),
{TEXTS}. A post that is in the database already, by its source and id, is skipped, so running it
again adds nothing. Each batch of {BATCH:,} is one transaction: interrupted at any moment, it loses
nothing, and running it again adds the rest.

An author becomes an account of that name in lower case, without a password. If a person uses an
account of that name (it has a password or an e-mail address, has signed in, or is staff), its lines
are refused, because they would be shown as the words of that person. --allow-existing-authors adds
them under that account.

A refused line is reported as FILE:LINE: reason, and the others are added.

Exit codes:
  0 every line is in the database
  {SOME_REFUSED} some lines were refused
  {UNREADABLE} the file can't be read, or is of another format
  {DATABASE_FAILED} the database failed; run it again
  {INTERRUPTED} interrupted; run it again
"""


class Command(BaseCommand):
    help = HELP

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--source",
            default="import",
            help="name of the source, if several sources use the same ids (%(default)s)",
        )
        parser.add_argument(
            "--allow-existing-authors",
            action="store_true",
            help="also add posts of accounts that a person uses",
        )
        parser.add_argument("--dry-run", action="store_true", help="check the file, add nothing")

    def handle(
        self,
        *args: Any,
        file: Path,
        source: str,
        allow_existing_authors: bool,
        dry_run: bool,
        **options: Any,
    ) -> None:
        if source == "demo" or not re.fullmatch(rf"[\w.-]{{1,{SOURCE_MAX_LENGTH}}}", source):
            raise CommandError(
                f"--source must be up to {SOURCE_MAX_LENGTH} letters, digits, dots, hyphens and"
                " underscores, and not demo, which is seed_demo's.",
                returncode=UNREADABLE,
            )
        self.file, self.added, self.skipped, self.refused = file, 0, 0, 0
        self.source, self.allow_existing, self.dry_run = source, allow_existing_authors, dry_run
        try:
            with file.open("rb") as stream, _interruptible() as interrupted:
                self._import(stream, interrupted)
                stopped = interrupted()
        except (OSError, UnreadableFileError) as error:
            raise CommandError(f"{file}: {error}", returncode=UNREADABLE) from error
        except DatabaseError as error:
            text = f"The database failed: {error}\n{self._summary()}\nRun it again to add the rest."
            raise CommandError(text, returncode=DATABASE_FAILED) from error
        if stopped:
            text = f"Interrupted. {self._summary()}\nRun it again to add the rest."
            raise CommandError(text, returncode=INTERRUPTED)
        if self.refused:
            raise CommandError(self._summary(), returncode=SOME_REFUSED)
        self.stdout.write(self._summary())

    def _import(self, stream: BinaryIO, interrupted: Callable[[], bool]) -> None:
        size = self.file.stat().st_size
        batch: list[ImportLine] = []
        # disable=None: shown on a terminal only.
        with (
            logging_redirect_tqdm(),
            tqdm(total=size, unit="B", unit_scale=True, disable=None, leave=False) as bar,
        ):
            for line in read(stream, self.file):
                if interrupted():
                    return
                if isinstance(line, LineRefusedError):
                    self._report(line, bar)
                    continue
                batch.append(line)
                if len(batch) == BATCH:
                    self._add(batch, bar)
                    bar.update(stream.tell() - bar.n)
                    batch = []
            if batch:
                self._add(batch, bar)

    def _add(self, batch: list[ImportLine], bar: "tqdm[Any]") -> None:
        outcome = add(
            batch, source=self.source, allow_existing=self.allow_existing, dry_run=self.dry_run
        )
        self.added += outcome.added
        self.skipped += outcome.skipped
        for refused in outcome.refused:
            self._report(refused, bar)

    def _report(self, refused: LineRefusedError, bar: "tqdm[Any]") -> None:
        self.refused += 1
        bar.clear()
        self.stderr.write(f"{self.file}:{refused.line}: {refused}")

    def _summary(self) -> str:
        if self.dry_run:
            return (
                f"Nothing was written. {self.added:,} posts would be added,"
                f" {self.skipped:,} are already there, {self.refused:,} lines refused."
            )
        return (
            f"{self.added:,} posts added, {self.skipped:,} were already there,"
            f" {self.refused:,} lines refused."
        )


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Give a function that returns whether SIGINT or SIGTERM has arrived.

    The current batch ends first, so that its posts are announced. A second signal stops at once.
    """
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    asked: list[int] = []

    def ask(number: int, frame: object) -> None:
        asked.append(number)
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, ask)
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
