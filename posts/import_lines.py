"""Read a file of posts line by line: the post of each line, or the reason why it is refused.

Only one line is in memory at a time, and at most LINE_MAX_BYTES of it.
"""

import csv
import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.utils import timezone

from posts.display_names import check_characters
from posts.errors import LineRefusedError, UnreadableFileError
from posts.models import POST_TEXTS, PostText, User
from posts.text import in_one_line, validate_links

# The texts that a line may have, by the name of the field in the file.
TEXT_NAMES = {text.import_name: name for name, text in POST_TEXTS.items() if text.import_name}
FIELDS = (
    *("id", "author", "created_at"),
    *(text.import_name for text in POST_TEXTS.values() if text.import_name and text.required),
)
OPTIONAL_FIELDS = tuple(name for name in TEXT_NAMES if name not in FIELDS)
LINE_MAX_BYTES = 1_000_000
ID_MAX_LENGTH = 150  # with the source and a colon, it fits into Post.external_id
USERNAME_MAX_LENGTH = 150
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
# Clocks differ. A post from a later time would stay on top of the feed until then.
CLOCK_SKEW = timedelta(minutes=5)
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class ImportLine:
    """A line that can be imported. `texts` are by the name of the field in POST_TEXTS."""

    line: int
    id: str
    author: str
    created_at: datetime
    texts: Mapping[str, str]

    @property
    def username(self) -> str:
        """The username in lower case, as at sign-up."""
        return User.normalize_username(self.author).lower()


def format_of(path: Path) -> str:
    """Return `.jsonl` or `.csv` from the file's name, which may end in `.gz` too.

    Raises:
        UnreadableFileError: it is another format.
    """
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    if suffix not in {".jsonl", ".csv"}:
        raise UnreadableFileError("its name must end in .jsonl or .csv, or in one of these and .gz")
    return suffix


def read(file: BinaryIO, path: Path) -> Iterator[ImportLine | LineRefusedError]:
    """Yield the post of each line of the open `file`, or the reason why it is refused.

    `path` gives the format. A truncated file ends with a refusal.

    Raises:
        UnreadableFileError: not even its first line can be read.
    """
    suffix = format_of(path)
    lines = _Lines(gzip.GzipFile(fileobj=file) if path.name.lower().endswith(".gz") else file)
    try:
        yield from _csv_entries(lines) if suffix == ".csv" else _json_entries(lines)
    except (OSError, EOFError, zlib.error) as error:
        if not lines.number:
            raise UnreadableFileError(str(error)) from error
        yield LineRefusedError(f"the file breaks off here: {error}", lines.number + 1)


class _Lines:
    """The lines of a file as text, with at most LINE_MAX_BYTES of a line in memory.

    Bytes that are not UTF-8 become surrogates, which `_entry` refuses. A line that is too long
    raises LineRefusedError; the next call returns the line after it.
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
            raise LineRefusedError(f"longer than {LINE_MAX_BYTES:,} bytes", self.number)
        if self.number == 1:
            line = line.removeprefix(BYTE_ORDER_MARK)
        return line.decode(errors="surrogateescape")


def _json_entries(lines: _Lines) -> Iterator[ImportLine | LineRefusedError]:
    while True:
        try:
            line = next(lines)
            if line.strip():
                yield _entry(_json_object(line), lines.number)
        except StopIteration:
            return
        except LineRefusedError as refused:
            yield LineRefusedError(str(refused), lines.number)


def _json_object(line: str) -> dict[str, Any]:
    _check_unicode(line)
    try:
        value = json.loads(line.rstrip())
    except json.JSONDecodeError as error:
        raise LineRefusedError(f"not JSON: {error.msg} (column {error.colno})") from error
    except (ValueError, RecursionError) as error:
        raise LineRefusedError("not JSON that can be read: a huge number, or too deep") from error
    if not isinstance(value, dict):
        raise LineRefusedError("not a JSON object")
    return value


def _csv_entries(lines: _Lines) -> Iterator[ImportLine | LineRefusedError]:
    csv.field_size_limit(LINE_MAX_BYTES)
    rows = csv.reader(lines, strict=True)
    try:
        header = [name.strip() for name in next(rows, [])]
    except (csv.Error, LineRefusedError) as error:
        raise UnreadableFileError(f"its first line is not a CSV header: {error}") from error
    if missing := [name for name in FIELDS if name not in header]:
        raise UnreadableFileError(f"its header lacks {', '.join(missing)}")
    while True:
        first = lines.number + 1  # a quoted text may have several lines
        try:
            if row := next(rows):
                yield _entry(_csv_object(header, row), first)
        except StopIteration:
            return
        except csv.Error as error:
            yield LineRefusedError(f"not CSV: {error}", first)
        except LineRefusedError as refused:
            yield LineRefusedError(str(refused), first)


def _csv_object(header: list[str], row: list[str]) -> dict[str, Any]:
    _check_unicode("".join(row))
    if len(row) != len(header):
        raise LineRefusedError(f"{len(row)} fields, and the header has {len(header)}")
    return dict(zip(header, row, strict=True))


def _entry(fields: dict[str, Any], line: int) -> ImportLine:
    if missing := [name for name in FIELDS if fields.get(name) in (None, "")]:
        raise LineRefusedError(f"no {', '.join(missing)}")
    values = {name: fields[name] for name in FIELDS}
    values |= {name: fields[name] for name in OPTIONAL_FIELDS if fields.get(name) is not None}
    if isinstance(values["id"], int) and not isinstance(values["id"], bool):
        values["id"] = str(values["id"])
    for name, value in values.items():
        _check_string(name, value)
    if len(values["id"]) > ID_MAX_LENGTH:
        raise LineRefusedError(f"id is longer than {ID_MAX_LENGTH} characters")
    texts = {
        field: _text(values[name], POST_TEXTS[field])
        for name, field in TEXT_NAMES.items()
        if name in values
    }
    moment = _moment(values["created_at"])
    entry = ImportLine(line, values["id"], values["author"], moment, texts)
    _check_username(entry.username)
    return entry


def _check_string(name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise LineRefusedError(f"{name} is not a string")
    if "\0" in value:
        raise LineRefusedError(f"{name} has a NUL character")
    _check_unicode(value)


def _check_unicode(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise LineRefusedError("not valid Unicode in UTF-8") from error


def _check_username(username: str) -> None:
    if len(username) > USERNAME_MAX_LENGTH:
        raise LineRefusedError(f"author is longer than {USERNAME_MAX_LENGTH} characters")
    try:
        User.username_validator(username)
    except ValidationError as error:
        raise LineRefusedError(
            "author is not a username: letters, digits and @.+-_ only"
        ) from error


def _moment(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise LineRefusedError("created_at is not a date and time in ISO 8601") from error
    if not EARLIEST <= moment <= timezone.now() + CLOCK_SKEW:
        raise LineRefusedError("created_at is before 1970 or in the future")
    return moment


def _text(value: str, text: PostText) -> str:
    """Return the text as forms and the API store it: trimmed, with "\\n" as line break."""
    name = text.import_name
    value = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if text.one_line:
        value = in_one_line(value)
    if text.required and not value:
        raise LineRefusedError(f"{name} is empty")
    if len(value) > text.max_length:
        raise LineRefusedError(f"{name} is longer than {text.max_length:,} characters")
    try:
        (check_characters if text.one_line else validate_links)(value)
    except ValidationError as error:
        raise LineRefusedError(f"{name}: {' '.join(error.messages)}") from error
    return value
