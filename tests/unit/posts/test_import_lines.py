"""Lines of import files: the posts they hold, or the reasons why they are refused."""

import csv
import gzip
import json
import random
import tracemalloc
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from posts.errors import LineRefusedError, UnreadableFileError
from posts.import_lines import ImportLine, read


def line(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"{number:06}",
        "author": "ada",
        "created_at": "2016-02-29T23:59:59.123456Z",
        "text": f"Fresh figs 🙂\n\nand {number}",
    } | fields


def write(path: Path, lines: Iterable[dict[str, Any] | bytes]) -> Path:
    rows = (row if isinstance(row, bytes) else json.dumps(row).encode() for row in lines)
    path.write_bytes(b"\n".join(rows))
    return path


def read_all(path: Path) -> list[ImportLine | LineRefusedError]:
    with path.open("rb") as file:
        return list(read(file, path))


def entries(path: Path) -> list[ImportLine]:
    """Return the lines of a file in which none is refused."""
    lines = read_all(path)
    assert not [line for line in lines if isinstance(line, LineRefusedError)]
    return [line for line in lines if isinstance(line, ImportLine)]


@pytest.mark.parametrize("ending", [".jsonl", ".jsonl.gz", ".JSONL", ".csv", ".csv.gz"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "marked"])
def test_every_format_gives_the_same_posts(tmp_path: Path, ending: str, mark: bytes) -> None:
    lines = [line(number) for number in range(3)]
    if ending.startswith(".csv"):
        table = StringIO()
        rows = csv.DictWriter(table, ["text", "more", "id", "author", "created_at"], restval="-")
        rows.writeheader()
        rows.writerows(lines)
        content = table.getvalue().encode()
    else:
        content = b"\n\n".join(json.dumps(row).encode() for row in lines)
    content = mark + content
    path = tmp_path / f"posts{ending}"
    path.write_bytes(gzip.compress(content) if ending.endswith(".gz") else content)
    moment = datetime(2016, 2, 29, 23, 59, 59, 123456, tzinfo=UTC)
    assert [(e.id, e.author, e.texts["content"], e.created_at) for e in entries(path)] == [
        (row["id"], "ada", row["text"], moment) for row in lines
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2020-05-01T10:00:00", datetime(2020, 5, 1, 10, tzinfo=UTC)),
        ("2020-05-01 10:00:00.000001+02:00", datetime(2020, 5, 1, 8, 0, 0, 1, tzinfo=UTC)),
        ("2020-05-01T10:00:00.5Z", datetime(2020, 5, 1, 10, 0, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_times_are_utc_unless_they_have_an_offset(
    tmp_path: Path, written: str, meant: datetime
) -> None:
    path = write(tmp_path / "posts.jsonl", [line(created_at=written)])
    assert [entry.created_at for entry in entries(path)] == [meant]


def test_text_is_trimmed_and_line_break_is_one_character(tmp_path: Path) -> None:
    path = write(tmp_path / "posts.jsonl", [line(text=" \r\n" + "a\r\n" * 2_500 + "\r")])
    assert [entry.texts for entry in entries(path)] == [{"content": "\n".join("a" * 2_500)}]


SOON = (timezone.now() + timedelta(days=2)).isoformat()
BAD_LINES: dict[str, tuple[dict[str, Any] | bytes, str]] = {
    "not JSON": (b'{"id": 1,', "not JSON"),
    "nested": (b"[" * 100_000, "not JSON"),
    "no object": (b'["id"]', "not a JSON object"),
    "no id": ({"author": "ada", "created_at": "2020-01-01", "text": "x"}, "no id"),
    "null author": (line(author=None), "no author"),
    "number as text": (line(text=5), "text is not a string"),
    "true as id": (line(id=True), "id is not a string"),
    "list as author": (line(author=["ada"]), "author is not a string"),
    "empty text": (line(text=""), "no text"),
    "blank text": (line(text=" \n\t"), "text is empty"),
    "long text": (line(text="x" * 5_001), "text is longer than 5,000 characters"),
    "NUL": (line(text="a\0b"), "text has a NUL character"),
    "half a pair": (b'{"id":"1","author":"a","created_at":"2020-01-01","text":"\\ud83d"}', "UTF-8"),
    "latin-1": (b'{"id":"1","author":"a","created_at":"2020-01-01","text":"caf\xe9"}', "UTF-8"),
    "no date": (line(created_at="yesterday"), "created_at is not a date"),
    "no such date": (line(created_at="2021-02-29T00:00:00Z"), "created_at is not a date"),
    "date out of range": (line(created_at="0001-01-01T00:00:00+10:00"), "created_at is"),
    "date too early": (line(created_at="1969-12-31T23:59:59Z"), "before 1970"),
    "date in the future": (line(created_at=SOON), "in the future"),
    "long id": (line(id="1" * 151), "id is longer than 150 characters"),
    "long author": (line(author="a" * 151), "author is longer than 150 characters"),
    "author that grows": (line(author="\ufdfa" * 30), "author is"),
    "author with a space": (line(author="ada l"), "author is not a username"),
    "long line": (line(text="x" * 1_000_000), "longer than 1,000,000 bytes"),
}


@pytest.mark.parametrize(("bad", "reason"), BAD_LINES.values(), ids=BAD_LINES)
def test_invalid_line_is_refused_with_number_and_reason_and_next_is_read(
    tmp_path: Path, bad: dict[str, Any] | bytes, reason: str
) -> None:
    path = write(tmp_path / "posts.jsonl", [line(100), bad, line(101)])
    first, refused, last = read_all(path)
    assert isinstance(refused, LineRefusedError)
    assert refused.line == 2
    assert reason in str(refused)
    assert isinstance(first, ImportLine)
    assert isinstance(last, ImportLine)
    assert (first.line, last.line) == (1, 3)


def test_number_is_accepted_as_id(tmp_path: Path) -> None:
    path = write(tmp_path / "posts.jsonl", [line(id=7)])
    assert [entry.id for entry in entries(path)] == ["7"]


def test_invalid_csv_row_is_reported_at_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_bytes(
        b"id,author,created_at,text\n"
        b'1,ada,2020-01-01,"two\nlines"\n'
        b'2,ada,never,"two\nlines"\n'
        b"3,ada,2020-01-01\n"
        b'4,ada,2020-01-01,"quoted" badly\n'
        b"5,ada,2020-01-01,caf\xe9\n"
        b"6,ada,2020-01-01," + b"x" * 1_000_001 + b"\n"
        b"7,ada,2020-01-01,fine\n"
        b'8,ada,2020-01-01,"cut off\n'
    )
    rows = read_all(path)
    assert [row.line for row in rows if isinstance(row, LineRefusedError)] == [4, 6, 7, 8, 9, 11]
    assert [row.texts["content"] for row in rows if isinstance(row, ImportLine)] == [
        "two\nlines",
        "fine",
    ]


def test_truncated_archive_is_read_up_to_its_end(tmp_path: Path) -> None:
    noise = [line(number, text=random.randbytes(500).hex()) for number in range(300)]
    content = write(tmp_path / "posts.jsonl", noise).read_bytes()
    path = tmp_path / "posts.jsonl.gz"
    path.write_bytes(gzip.compress(content)[:-20_000])
    *whole, last = read_all(path)
    assert 100 < len(whole) < 300
    assert all(isinstance(each, ImportLine) for each in whole)
    assert last.line == len(whole) + 1
    assert "breaks off here" in str(last)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("posts.txt", b"{}"),
        ("posts.gz", b""),
        ("posts.jsonl.gz", b'{"id": 1}'),
        ("posts.csv", b""),
        ("posts.csv", b"id,author,text\n1,ada,hello\n"),
        ("posts.csv", b'"id\n'),
    ],
)
def test_file_of_unknown_format_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError):
        read_all(path)


def test_huge_line_is_not_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(50):
            file.write(b"x" * 1_000_000)
        file.write(b"\n" + json.dumps(line()).encode())
    tracemalloc.start()
    try:
        refused, entry = read_all(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(refused, LineRefusedError)
    assert isinstance(entry, ImportLine)
    assert peak < 10_000_000
