"""The pool of image processes: start, waiting times, end."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import IO

import pytest

from posts import image_pool
from posts.errors import DecodingFailedError, PoolBusyError
from posts.image_messages import Outcome
from posts.image_pool import Answer, Pool
from tests.unit.posts.sample_images import encoded, half_and_half

SMALL = encoded(half_and_half((40, 20)), "PNG").getvalue()
ROOT = str(Path(__file__).parents[3])


class SlowFile(BytesIO):
    """A file that can be read once `go` is set. `begun` is set when a read starts."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.begun, self.go = threading.Event(), threading.Event()

    def read(self, size: int | None = -1) -> bytes:
        self.begun.set()
        assert self.go.wait(10)
        return super().read(size)


@pytest.fixture
def make() -> Iterator[Callable[..., Pool]]:
    pools: list[Pool] = []

    def pool(**options: float) -> Pool:
        pools.append(Pool(**{"processes": 1, "threads": 2, **options}))  # type: ignore[arg-type] # numbers
        return pools[-1]

    yield pool
    for pool_ in pools:
        pool_.close()


def decode(pool: Pool, content: bytes = SMALL, file: IO[bytes] | None = None) -> Answer:
    file = file or BytesIO(content)
    return pool.decode(file, length=len(content), side=1_600, square=False)


def pid(pool: Pool) -> int:
    [decoder] = pool.decoders
    assert decoder.pid
    return decoder.pid


def test_process_starts_on_first_use_and_stays(make: Callable[..., Pool]) -> None:
    pool = make()
    assert pool.decoders[0].pid is None
    answer = decode(pool)
    assert (answer.outcome, answer.width, answer.height) == (Outcome.PREPARED, 40, 20)
    first = pid(pool)
    decode(pool)
    assert pid(pool) == first


def test_importing_the_site_starts_no_process() -> None:
    code = "import feedsite.wsgi, posts.images, posts.image_pool as p; print(p._pool)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip().endswith("None")


def test_process_imports_nothing_of_django() -> None:
    code = "import sys, posts.image_decoder; print('django' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "False"


def test_killed_process_is_replaced(make: Callable[..., Pool]) -> None:
    pool = make()
    decode(pool)
    first = pid(pool)
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    assert decode(pool).outcome is Outcome.PREPARED
    assert pid(pool) != first


def test_process_killed_during_work_fails_only_that_image(make: Callable[..., Pool]) -> None:
    pool, file = make(), SlowFile(SMALL)
    decode(pool)
    failed: list[BaseException] = []

    def run() -> None:
        try:
            decode(pool, file=file)
        except DecodingFailedError as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert file.begun.wait(10)
    os.kill(pid(pool), signal.SIGKILL)
    file.go.set()
    thread.join(10)
    assert failed
    assert decode(pool).outcome is Outcome.PREPARED


def test_process_that_takes_too_long_is_ended(make: Callable[..., Pool]) -> None:
    pool = make(decode_seconds=3)
    decode(pool)
    first = pid(pool)
    os.kill(first, signal.SIGSTOP)
    begin = time.monotonic()
    with pytest.raises(DecodingFailedError):
        decode(pool)
    assert 2.5 < time.monotonic() - begin < 6
    assert not Path(f"/proc/{first}").exists()
    assert decode(pool).outcome is Outcome.PREPARED


def test_process_is_replaced_after_many_images(
    make: Callable[..., Pool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_pool, "MAX_IMAGES_PER_PROCESS", 2)
    pool = make()
    decode(pool)
    first = pid(pool)
    decode(pool)
    assert pool.decoders[0].pid is None
    decode(pool)
    assert pid(pool) != first


def test_signals_do_not_end_the_process(make: Callable[..., Pool]) -> None:
    pool = make()
    decode(pool)
    first = pid(pool)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(first, number)
    decode(pool)
    assert pid(pool) == first


def test_no_thread_waits_longer_than_wait_seconds(make: Callable[..., Pool]) -> None:
    pool, file = make(threads=2, wait_seconds=0.2), SlowFile(SMALL)
    at_work = threading.Thread(target=decode, args=[pool], kwargs={"file": file})
    at_work.start()
    assert file.begun.wait(10)
    begin = time.monotonic()
    with pytest.raises(PoolBusyError):
        decode(pool)
    assert 0.1 < time.monotonic() - begin < 2
    file.go.set()
    at_work.join(10)
    assert decode(pool).outcome is Outcome.PREPARED


def test_thread_above_the_maximum_is_refused_at_once(make: Callable[..., Pool]) -> None:
    pool, file = make(threads=1, wait_seconds=60), SlowFile(SMALL)
    at_work = threading.Thread(target=decode, args=[pool], kwargs={"file": file})
    at_work.start()
    assert file.begun.wait(10)
    with pytest.raises(PoolBusyError):
        decode(pool)
    file.go.set()
    at_work.join(10)
    assert decode(pool).outcome is Outcome.PREPARED


def test_forked_process_does_not_share_the_decoders() -> None:
    ours = image_pool.pool()
    child = os.fork()
    if not child:
        os._exit(0 if image_pool._pool is None else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert image_pool.pool() is ours


def test_uploads_get_half_of_the_threads_and_at_least_one() -> None:
    from django.conf import settings

    assert settings.WEB_THREADS == 8
    assert image_pool.pool()._places._value == 4


def test_process_yields_to_requests_before_it_imports_anything(tmp_path: Path) -> None:
    """Loading Pillow takes as much CPU time as an image."""
    (tmp_path / "posts").mkdir()
    decoder = "import os; print(os.nice(0)); main = lambda: None"
    (tmp_path / "posts/image_decoder.py").write_text(decoder)
    command = [sys.executable, "-I", "-B", "-c", image_pool._PROGRAM, str(tmp_path)]
    before = os.nice(0)
    printed = subprocess.check_output(command, text=True)
    assert int(printed) == min(19, before + image_pool.NICENESS)
