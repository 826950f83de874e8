"""The lines of a file of posts: what each says, or why it does not go in.

No more than one line is in memory at a time, and no line is longer than LINE_MAX_BYTES.
"""

import csv
import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.utils import timezone

from posts.models import POST_MAX_LENGTH, User
from posts.text import validate_links

FIELDS = ("id", "author", "created_at", "text")
LINE_MAX_BYTES = 1_000_000
ID_MAX_LENGTH = 150  # with its source and a colon it fits into Post.external_id
USERNAME_MAX_LENGTH = 150
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
# Clocks differ; a post from further ahead would stay on top of the feed until its time comes.
CLOCK_SKEW = timedelta(minutes=5)
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class RefusedError(ValueError):
    """A line that does not go in. `str()` gives the reason; `line` is its number, from 1."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.line = line


class UnreadableError(Exception):
    """A file that is not what its name says, or can't be read from the start."""


@dataclass(frozen=True, slots=True)
class ImportLine:
    """A line that may go in."""

    line: int
    id: str
    author: str
    created_at: datetime
    text: str

    @property
    def username(self) -> str:
        """As signing up would have made it: people can't be told apart by upper case alone."""
        return User.normalize_username(self.author).lower()


def format_of(path: Path) -> str:
    """`.jsonl` or `.csv`, from the name; either may end in `.gz`."""
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    if suffix not in {".jsonl", ".csv"}:
        raise UnreadableError("its name must end in .jsonl or .csv, or in one of these and .gz")
    return suffix


def read(file: BinaryIO, path: Path) -> Iterator[ImportLine | RefusedError]:
    """Each line of the open `file` as what it says, or why it is refused.

    `path` only tells the format. A file that breaks off ends with a refusal; one that can't be
    read from its first line on raises UnreadableError.
    """
    suffix = format_of(path)
    lines = _Lines(gzip.GzipFile(fileobj=file) if path.name.lower().endswith(".gz") else file)
    try:
        yield from _csv_entries(lines) if suffix == ".csv" else _json_entries(lines)
    except (OSError, EOFError, zlib.error) as error:
        if not lines.number:
            raise UnreadableError(str(error)) from error
        yield RefusedError(f"the file breaks off here: {error}", lines.number + 1)


class _Lines:
    """The lines of a file as text, none of more than LINE_MAX_BYTES ever whole in memory.

    Bytes that are not UTF-8 become surrogates, for `_entry` to refuse. A line that is too long
    raises RefusedError, and the next one is read after it.
    """

    def __init__(self, stream: BinaryIO | gzip.GzipFile) -> None:
        self._stream = stream
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(LINE_MAX_BYTES + 1)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) > LINE_MAX_BYTES and not line.endswith(b"\n"):
            while (rest := self._stream.readline(LINE_MAX_BYTES)) and not rest.endswith(b"\n"):
                pass
            raise RefusedError(f"longer than {LINE_MAX_BYTES:,} bytes", self.number)
        if self.number == 1:
            line = line.removeprefix(BYTE_ORDER_MARK)
        return line.decode(errors="surrogateescape")


def _json_entries(lines: _Lines) -> Iterator[ImportLine | RefusedError]:
    while True:
        try:
            line = next(lines)
            if line.strip():
                yield _entry(_json_object(line), lines.number)
        except StopIteration:
            return
        except RefusedError as refused:
            yield RefusedError(str(refused), lines.number)


def _json_object(line: str) -> dict[str, Any]:
    _check_unicode(line)
    try:
        value = json.loads(line.rstrip())
    except json.JSONDecodeError as error:
        raise RefusedError(f"not JSON: {error.msg} (column {error.colno})") from error
    except (ValueError, RecursionError) as error:
        raise RefusedError("not JSON that can be read: a huge number, or too deep") from error
    if not isinstance(value, dict):
        raise RefusedError("not a JSON object")
    return value


def _csv_entries(lines: _Lines) -> Iterator[ImportLine | RefusedError]:
    csv.field_size_limit(LINE_MAX_BYTES)
    rows = csv.reader(lines, strict=True)
    try:
        header = [name.strip() for name in next(rows, [])]
    except (csv.Error, RefusedError) as error:
        raise UnreadableError(f"its first line is not a CSV header: {error}") from error
    if missing := [name for name in FIELDS if name not in header]:
        raise UnreadableError(f"its header lacks {', '.join(missing)}")
    while True:
        first = lines.number + 1  # a quoted text may go over several lines
        try:
            if row := next(rows):
                yield _entry(_csv_object(header, row), first)
        except StopIteration:
            return
        except csv.Error as error:
            yield RefusedError(f"not CSV: {error}", first)
        except RefusedError as refused:
            yield RefusedError(str(refused), first)


def _csv_object(header: list[str], row: list[str]) -> dict[str, Any]:
    _check_unicode("".join(row))
    if len(row) != len(header):
        raise RefusedError(f"{len(row)} fields, and the header has {len(header)}")
    return dict(zip(header, row, strict=True))


def _entry(fields: dict[str, Any], line: int) -> ImportLine:
    if missing := [name for name in FIELDS if fields.get(name) in (None, "")]:
        raise RefusedError(f"no {', '.join(missing)}")
    id_, author, created_at, text = (fields[name] for name in FIELDS)
    if isinstance(id_, int) and not isinstance(id_, bool):
        id_ = str(id_)
    for name, value in zip(FIELDS, (id_, author, created_at, text), strict=True):
        if not isinstance(value, str):
            raise RefusedError(f"{name} is not a string")
        if "\0" in value:
            raise RefusedError(f"{name} has a NUL character")
        _check_unicode(value)
    if len(id_) > ID_MAX_LENGTH:
        raise RefusedError(f"id is longer than {ID_MAX_LENGTH} characters")
    entry = ImportLine(line, id_, author, _moment(created_at), _text(text))
    _check_username(entry.username)
    return entry


def _check_unicode(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise RefusedError("not valid Unicode in UTF-8") from error


def _check_username(username: str) -> None:
    if len(username) > USERNAME_MAX_LENGTH:
        raise RefusedError(f"author is longer than {USERNAME_MAX_LENGTH} characters")
    try:
        User.username_validator(username)
    except ValidationError as error:
        raise RefusedError("author is not a username: letters, digits and @.+-_ only") from error


def _moment(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RefusedError("created_at is not a date and time in ISO 8601") from error
    if not EARLIEST <= moment <= timezone.now() + CLOCK_SKEW:
        raise RefusedError("created_at is before 1970 or in the future")
    return moment


def _text(value: str) -> str:
    """As every other way in leaves it: trimmed, and a line break is one character."""
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        raise RefusedError("text is empty")
    if len(text) > POST_MAX_LENGTH:
        raise RefusedError(f"text is longer than {POST_MAX_LENGTH:,} characters")
    try:
        validate_links(text)
    except ValidationError as error:
        raise RefusedError(f"text: {' '.join(error.messages)}") from error
    return text
