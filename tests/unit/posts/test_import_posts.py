"""The command import_posts, with files, and with processes for the promises about processes."""

import gzip
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from posts.management.commands.import_posts import BATCH
from posts.models import Post, User
from posts.signals import posts_changed
from tests.factories import UserFactory

TEXT = "Fresh figs, and a café 🙂\n\n你好"


def line(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"{number:06}",
        "author": f"ada{number % 7}",
        "created_at": "2016-02-29T23:59:59.123456Z",
        "text": f"{TEXT} {number}",
    } | fields


def write(path: Path, lines: Iterable[dict[str, Any] | bytes]) -> Path:
    rows = (row if isinstance(row, bytes) else json.dumps(row).encode() for row in lines)
    content = b"".join(row + b"\n" for row in rows)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


class Run:
    """The output and the exit code of a call of the command."""

    def __init__(self, file: Path, *options: str) -> None:
        out, err = StringIO(), StringIO()
        self.code = 0
        try:
            call_command("import_posts", str(file), *options, stdout=out, stderr=err)
        except CommandError as error:
            self.code = error.returncode
            out.write(str(error))
        self.out, self.err = out.getvalue(), err.getvalue()


@pytest.mark.django_db
def test_line_becomes_a_post_with_author_and_microseconds(tmp_path: Path) -> None:
    run = Run(write(tmp_path / "posts.jsonl", [line(3, author="Ada.L")]))
    post = Post.objects.get()
    assert run.code == 0
    assert run.out == "1 posts added, 0 were already there, 0 lines refused.\n"
    assert (post.content, post.external_id) == (f"{TEXT} 3", "import:000003")
    assert post.created_at == datetime(2016, 2, 29, 23, 59, 59, 123456, tzinfo=UTC)
    assert not post.edited
    assert (post.author.username, post.author.display_name) == ("ada.l", "Ada.L")
    assert post.author.is_active
    assert not post.author.has_usable_password()


@pytest.mark.django_db
def test_second_run_adds_nothing_even_from_a_renamed_file(tmp_path: Path) -> None:
    path = write(tmp_path / "posts.jsonl.gz", map(line, range(20)))
    Run(path)
    again = Run(path.rename(tmp_path / "renamed.jsonl.gz"))
    assert again.out == "0 posts added, 20 were already there, 0 lines refused.\n"
    assert again.code == 0
    assert (Post.objects.count(), User.objects.count()) == (20, 7)


@pytest.mark.django_db
def test_invalid_line_is_reported_and_the_others_are_added(tmp_path: Path) -> None:
    path = write(tmp_path / "posts.jsonl", [line(1), b'{"id":', line(2), line(3, text="")])
    run = Run(path)
    assert run.err.splitlines() == [
        f"{path}:2: not JSON: Expecting value (column 7)",
        f"{path}:4: no text",
    ]
    assert run.out == "2 posts added, 0 were already there, 2 lines refused."
    assert run.code == 1
    assert Post.objects.count() == 2


@pytest.mark.django_db
def test_unreadable_file_has_its_own_exit_code(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jsonl", write(tmp_path / "posts.txt", [line()]), tmp_path):
        run = Run(path)
        assert run.out.startswith(f"{path}: ")
        assert run.code == 2


@pytest.mark.django_db
@pytest.mark.parametrize("source", ["demo", "", "a:b", "x" * 41])
def test_ambiguous_source_is_refused(tmp_path: Path, source: str) -> None:
    run = Run(write(tmp_path / "posts.jsonl", [line()]), "--source", source)
    assert run.code == 2
    assert not Post.objects.exists()


@pytest.mark.django_db
def test_account_in_use_needs_the_option(tmp_path: Path) -> None:
    UserFactory.create(username="ada")
    path = write(tmp_path / "posts.jsonl", [line(author="ada")])
    refused = Run(path)
    assert refused.err == f"{path}:1: a person uses the account ada\n"
    assert refused.code == 1
    assert Run(path, "--allow-existing-authors").code == 0


@pytest.mark.django_db
def test_dry_run_checks_everything_and_writes_nothing(tmp_path: Path) -> None:
    UserFactory.create(username="person")
    lines = [line(1), line(2), line(2), line(3, author="person"), line(4, text="")]
    run = Run(write(tmp_path / "posts.jsonl", lines), "--dry-run")
    assert run.out == (
        "Nothing was written. 2 posts would be added, 1 are already there, 2 lines refused."
    )
    assert [report.split(": ")[0][-1] for report in run.err.splitlines()] == ["5", "4"]
    assert run.code == 1
    assert not Post.objects.exists()
    assert User.objects.get().username == "person"


@pytest.mark.django_db
def test_no_progress_bar_without_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Run(write(tmp_path / "posts.jsonl", map(line, range(BATCH + 1))))
    assert capsys.readouterr() == ("", "")


@pytest.mark.django_db(transaction=True)
def test_each_batch_is_announced_once(tmp_path: Path) -> None:
    seen: list[int] = []

    def listen(**kwargs: Any) -> None:
        seen.append(Post.objects.count())

    posts_changed.connect(listen)
    try:
        Run(write(tmp_path / "posts.jsonl", map(line, range(2 * BATCH + 5))))
    finally:
        posts_changed.disconnect(listen)
    assert seen == [BATCH, 2 * BATCH, 2 * BATCH + 5]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_import_keeps_its_batches_and_second_run_adds_the_rest(
    tmp_path: Path, number: signal.Signals
) -> None:
    def interrupt(**kwargs: Any) -> None:
        os.kill(os.getpid(), number)

    path = write(tmp_path / "posts.jsonl", map(line, range(3 * BATCH)))
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    posts_changed.connect(interrupt)
    try:
        first = Run(path)
    finally:
        posts_changed.disconnect(interrupt)
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before
    assert first.code == 130
    assert "1,000 posts added" in first.out
    assert "Run it again" in first.out
    assert Post.objects.count() == BATCH
    assert Run(path).out.startswith("2,000 posts added, 1,000 were already there")


@pytest.mark.django_db
def test_failed_batch_leaves_nothing_in_the_database(tmp_path: Path) -> None:
    def fail(execute: Any, sql: str, *args: Any) -> Any:
        if sql.startswith("INSERT") and '"posts_post"' in sql:
            raise OperationalError("disk full")
        return execute(sql, *args)

    path = write(tmp_path / "posts.jsonl", [line()])
    with connection.execute_wrapper(fail):
        run = Run(path)
    assert run.code == 3
    assert "disk full" in run.out
    assert "Run it again" in run.out
    assert not User.objects.exists()


def start(path: Path) -> "subprocess.Popen[str]":  # on the database of the test
    name = str(connection.settings_dict["NAME"])
    parts = urlsplit(os.environ["DATABASE_URL"])
    url = (
        f"sqlite:///{name}"
        if connection.vendor == "sqlite"
        else urlunsplit(parts._replace(path=f"/{name}", netloc=parts.netloc or "@"))
    )
    return subprocess.Popen(
        [sys.executable, "manage.py", "import_posts", str(path)],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.django_db(transaction=True)
def test_killed_import_loses_no_committed_batch(
    tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    total = 10 * BATCH
    path = write(tmp_path / "posts.jsonl", map(line, range(total)))
    process = start(path)
    try:
        wait_until(Post.objects.exists, timeout=60)
    finally:
        process.kill()
        process.communicate()
    left = Post.objects.count()
    assert 0 < left < total
    assert left % BATCH == 0
    # A commit that was sent before the process ended may still arrive.
    again = re.match(r"([\d,]+) posts added, ([\d,]+) were already there", Run(path).out)
    assert again
    added, kept = (int(figure.replace(",", "")) for figure in again.groups())
    assert kept >= left
    assert added + kept == total == Post.objects.count()


@pytest.mark.django_db(transaction=True)
def test_two_concurrent_imports_add_and_count_each_post_once(tmp_path: Path) -> None:
    total = 3 * BATCH
    path = write(tmp_path / "posts.jsonl", map(line, range(total)))
    processes = [start(path), start(path)]
    answers = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    added = [int(answer.split()[0].replace(",", "")) for answer in answers]
    assert sum(added) == total == Post.objects.count()
