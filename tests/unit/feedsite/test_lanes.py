"""Lanes: who may wait where, and for how long."""

import io
import threading
from collections.abc import Iterable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import pytest

from feedsite import lanes
from feedsite.bodies import MAX_UPLOAD_BYTES, Environ
from feedsite.lanes import MAX_WHOLE_BYTES, Full, Lane, Lanes
from feedsite.postgresql import deadline

READ_SECONDS, WRITE_SECONDS = 1.0, 5.0


class Answer(list[bytes]):
    """What Django's responses have of what is asked of them."""

    def __init__(self, *pieces: bytes, streaming: bool = False) -> None:
        super().__init__(pieces)
        self.streaming = streaming
        self.closed = False

    def get(self, name: str, default: object) -> object:
        return sum(map(len, self)) if self.streaming else default

    def close(self) -> None:
        self.closed = True


class Django:
    """An application that reads its body, and waits while `gate` is closed."""

    def __init__(self, answer: Answer | None = None) -> None:
        self.answer = answer or Answer(b"a", b"b")
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Semaphore(0)
        self.bodies: list[bytes] = []
        self.seconds: list[float | None] = []

    def __call__(self, environ: Environ, start_response: Any) -> Answer:
        self.entered.release()
        assert self.gate.wait(10)
        self.bodies.append(environ["wsgi.input"].read())
        self.seconds.append(deadline.seconds())
        start_response("200 OK", [])
        return self.answer


def ask(site: Lanes, method: str, path: str = "/x", body: bytes = b"", **environ: str) -> int:
    """The status, after the answer was taken and closed."""
    status, answer = begin(site, method, path, body, **environ)
    list(answer)
    with suppress(AttributeError):
        answer.close()  # type: ignore[attr-defined] # a plain list has none
    return status


def begin(
    site: Lanes, method: str, path: str, body: bytes = b"", **environ: str
) -> tuple[int, Iterable[bytes]]:
    statuses: list[str] = []
    told = {"CONTENT_LENGTH": str(len(body))} | environ
    request = {"REQUEST_METHOD": method, "PATH_INFO": path, "wsgi.input": io.BytesIO(body), **told}
    answer = site(request, lambda status, _headers: statuses.append(status))
    return int(statuses[-1].split()[0]), answer


def make(django: Django, *, web_threads: int = 2, body_threads: int = 2) -> Lanes:
    return Lanes(
        django,
        web_threads=web_threads,
        body_threads=body_threads,
        read_seconds=READ_SECONDS,
        write_seconds=WRITE_SECONDS,
    )


@pytest.fixture
def _nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "LANE_SECONDS", 0.01)
    monkeypatch.setattr(lanes, "BRIEF_SECONDS", 0.01)
    monkeypatch.setattr(lanes, "READ_BRIEF_SECONDS", 0.01)


def test_a_place_is_given_back() -> None:
    lane = Lane(1, brief_seconds=0.25)
    for _ in range(3):
        with lane.entered():
            pass


@pytest.mark.parametrize("patient", [0, 1])
def test_a_full_lane_is_waited_for(patient: int) -> None:
    lane = Lane(1, patient=patient, brief_seconds=0.25, clock=lambda: 0.0)
    lane.enter()
    threading.Timer(0.05, lane.leave).start()
    lane.enter()


def test_without_room_to_wait_a_lane_that_does_not_move_is_full_at_once() -> None:
    now = 0.0
    lane = Lane(1, brief_seconds=0.25, clock=lambda: now)
    lane.enter()
    now = 0.26
    lane._places.acquire = lambda **options: options["blocking"]  # type: ignore[method-assign] # it would wait
    with pytest.raises(Full):
        lane.enter()


@pytest.mark.usefixtures("_nobody_waits")
def test_writes_take_half_of_the_lane_and_leave_the_rest_to_reads() -> None:
    django = Django()
    site = make(django)
    django.gate.clear()
    writer = threading.Thread(target=ask, args=(site, "POST"))
    writer.start()
    assert django.entered.acquire(timeout=5)
    try:
        assert ask(site, "POST") == HTTPStatus.SERVICE_UNAVAILABLE
        assert ask(site, "GET", "/admin/") == HTTPStatus.SERVICE_UNAVAILABLE
        reader = threading.Thread(target=ask, args=(site, "GET"))
        reader.start()
        assert django.entered.acquire(timeout=5)
        assert ask(site, "GET") == HTTPStatus.SERVICE_UNAVAILABLE
        alive = threading.Thread(target=ask, args=(site, "GET", "/health/live"))
        alive.start()
        assert django.entered.acquire(timeout=5)
    finally:
        django.gate.set()
    for thread in (writer, reader, alive):
        thread.join(5)
    assert ask(site, "POST") == ask(site, "GET") == HTTPStatus.OK


@pytest.mark.parametrize(
    ("method", "path", "seconds"),
    [
        ("GET", "/", READ_SECONDS),
        ("HEAD", "/", READ_SECONDS),
        ("GET", "/admin/posts/", WRITE_SECONDS),
        ("POST", "/", WRITE_SECONDS),
        ("DELETE", "/api/posts/1/", WRITE_SECONDS),
    ],
)
def test_queries_have_the_time_of_their_request(method: str, path: str, seconds: float) -> None:
    django = Django()
    ask(make(django), method, path)
    assert django.seconds == [seconds]
    assert deadline.seconds() == deadline.of_process()


def test_a_write_gets_its_whole_body_and_a_read_none() -> None:
    django = Django()
    ask(make(django), "POST", body=b"text")
    ask(make(django), "GET", body=b"text")
    assert django.bodies == [b"text", b""]


@pytest.mark.parametrize(
    ("environ", "status"),
    [
        ({"CONTENT_LENGTH": "5"}, HTTPStatus.BAD_REQUEST),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, HTTPStatus.LENGTH_REQUIRED),
    ],
)
def test_a_body_that_may_be_half_is_refused(environ: dict[str, str], status: HTTPStatus) -> None:
    django = Django()
    assert ask(make(django), "POST", body=b"text", **environ) == status
    assert django.bodies == []
    assert ask(make(django), "POST") == HTTPStatus.OK


@pytest.mark.parametrize(
    ("content_type", "length"),
    [("application/json", 256 * 1024 + 1), ("multipart/form-data", MAX_UPLOAD_BYTES + 1)],
)
def test_a_body_too_large_is_not_read(content_type: str, length: int) -> None:
    source = io.BytesIO(b"text")
    request = {"REQUEST_METHOD": "POST", "PATH_INFO": "/", "wsgi.input": source}
    told = {"CONTENT_LENGTH": str(length), "CONTENT_TYPE": content_type}
    with pytest.raises(Exception, match="larger than this service reads"):
        make(Django())(request | told, print)
    assert source.tell() == 0


def test_an_answer_is_closed_in_its_lane() -> None:
    answer = Answer(b"a", b"b")
    _, given = begin(make(Django(answer)), "GET", "/")
    assert list(given) == [b"ab"]
    assert answer.closed


@pytest.mark.usefixtures("_nobody_waits")
def test_large_files_wait_for_their_readers_among_the_slow_clients() -> None:
    answer = Answer(b"a" * MAX_WHOLE_BYTES, b"b", streaming=True)
    site = make(Django(answer), body_threads=2)
    sent = [begin(site, "GET", "/static/x.js") for _ in range(2)]
    assert [status for status, _ in sent] == [HTTPStatus.OK] * 2
    assert not answer.closed
    assert ask(site, "GET", "/static/x.js") == HTTPStatus.SERVICE_UNAVAILABLE
    assert ask(site, "POST") == HTTPStatus.SERVICE_UNAVAILABLE
    for _, given in sent:
        given.close()  # type: ignore[attr-defined] # a stream has it
    assert ask(site, "POST") == HTTPStatus.OK


def test_small_files_wait_for_no_reader() -> None:
    answer = Answer(b"a", b"b", streaming=True)
    _, given = begin(make(Django(answer)), "GET", "/static/x.css")
    assert list(given) == [b"ab"]
    assert answer.closed
