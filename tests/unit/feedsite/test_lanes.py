"""Lanes: limits of concurrent requests, and of waiting."""

import io
import threading
from collections.abc import Iterable
from contextlib import suppress
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import pytest

from feedsite import lanes
from feedsite.bodies import MAX_UPLOAD_BYTES, Environ
from feedsite.lanes import MAX_BUFFERED_BYTES, Lane, LaneFull, Lanes
from feedsite.postgresql import deadline

READ_SECONDS, WRITE_SECONDS = 1.0, 5.0


class Response(list[bytes]):
    """The attributes of Django's responses that lanes use."""

    def __init__(self, *pieces: bytes, streaming: bool = False) -> None:
        super().__init__(pieces)
        self.streaming = streaming
        self.closed = False

    def get(self, name: str, default: object) -> object:
        return sum(map(len, self)) if self.streaming else default

    def close(self) -> None:
        self.closed = True


class Django:
    """An application that reads the body, and waits while `gate` is cleared."""

    def __init__(self, response: Response | None = None) -> None:
        self.response = response or Response(b"a", b"b")
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Semaphore(0)
        self.bodies: list[bytes] = []
        self.seconds: list[float | None] = []

    def __call__(self, environ: Environ, start_response: Any) -> Response:
        self.entered.release()
        assert self.gate.wait(10)
        self.bodies.append(environ["wsgi.input"].read())
        self.seconds.append(deadline.seconds())
        start_response("200 OK", [])
        return self.response


def request(site: Lanes, method: str, path: str = "/x", body: bytes = b"", **environ: str) -> int:
    """Send a request, read and close its response; return the status."""
    status, response = open_request(site, method, path, body, **environ)
    list(response)
    with suppress(AttributeError):
        response.close()  # type: ignore[attr-defined] # a plain list has none
    return status


def open_request(
    site: Lanes, method: str, path: str, body: bytes = b"", **environ: str
) -> tuple[int, Iterable[bytes]]:
    statuses: list[str] = []
    given: Environ = {"CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body), **environ}
    given |= {"REQUEST_METHOD": method, "PATH_INFO": path}
    response = site(given, lambda status, _headers: statuses.append(status))
    return int(statuses[-1].split()[0]), response


def make(django: Django, *, web_threads: int = 2, body_threads: int = 2) -> Lanes:
    return Lanes(
        django,
        web_threads=web_threads,
        body_threads=body_threads,
        read_seconds=READ_SECONDS,
        write_seconds=WRITE_SECONDS,
    )


@pytest.fixture
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "WAIT_SECONDS", 0.01)
    monkeypatch.setattr(lanes, "SHORT_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(lanes, "READ_SHORT_WAIT_SECONDS", 0.01)


def test_lane_place_is_released() -> None:
    lane = Lane(1, short_wait_seconds=0.25)
    for _ in range(3):
        with lane.entered():
            pass


@pytest.mark.parametrize("max_waiting", [0, 1])
def test_request_waits_for_a_full_lane(max_waiting: int) -> None:
    lane = Lane(1, max_waiting=max_waiting, short_wait_seconds=0.25, clock=lambda: 0.0)
    lane.enter()
    threading.Timer(0.05, lane.leave).start()
    lane.enter()


def test_idle_full_lane_refuses_immediately_if_too_many_wait() -> None:
    now = 0.0
    lane = Lane(1, short_wait_seconds=0.25, clock=lambda: now)
    lane.enter()
    now = 0.26
    lane._places.acquire = lambda **options: options["blocking"]  # type: ignore[method-assign] # otherwise it waits
    with pytest.raises(LaneFull):
        lane.enter()


@pytest.mark.usefixtures("_short_waits")
def test_writes_use_at_most_half_of_the_threads_for_django() -> None:
    django = Django()
    site = make(django)
    django.gate.clear()
    writer = threading.Thread(target=request, args=(site, "POST"))
    writer.start()
    assert django.entered.acquire(timeout=5)
    try:
        assert request(site, "POST") == HTTPStatus.SERVICE_UNAVAILABLE
        assert request(site, "GET", "/admin/") == HTTPStatus.SERVICE_UNAVAILABLE
        reader = threading.Thread(target=request, args=(site, "GET"))
        reader.start()
        assert django.entered.acquire(timeout=5)
        assert request(site, "GET") == HTTPStatus.SERVICE_UNAVAILABLE
        alive = threading.Thread(target=request, args=(site, "GET", "/health/live"))
        alive.start()
        assert django.entered.acquire(timeout=5)
    finally:
        django.gate.set()
    for thread in (writer, reader, alive):
        thread.join(5)
    assert request(site, "POST") == request(site, "GET") == HTTPStatus.OK


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
def test_query_time_limit_depends_on_the_request(
    method: str, path: str, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline, "time", SimpleNamespace(monotonic=lambda: 0.0))
    django = Django()
    request(make(django), method, path)
    assert django.seconds == [seconds]
    assert deadline.seconds() == deadline.process_seconds()


@pytest.mark.parametrize("waiting", [0, 1])
def test_write_waits_for_a_lane_no_longer_than_its_deadline(waiting: int) -> None:
    lane = Lane(1, max_waiting=waiting, short_wait_seconds=60, clock=lambda: 0.0)
    lane.enter()
    with deadline.within(0.05), pytest.raises(LaneFull):
        lane.enter()


def test_time_of_a_write_includes_its_wait_for_a_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(deadline, "time", SimpleNamespace(monotonic=lambda: now))
    django = Django()
    site = make(django)

    def enter_late() -> None:
        nonlocal now
        now += 2.0

    monkeypatch.setattr(site._writes, "enter", enter_late)
    monkeypatch.setattr(site._writes, "leave", lambda: None)
    assert request(site, "POST") == HTTPStatus.OK
    assert django.seconds == [WRITE_SECONDS - 2.0]


def test_write_gets_its_body_and_read_gets_none() -> None:
    django = Django()
    request(make(django), "POST", body=b"text")
    request(make(django), "GET", body=b"text")
    assert django.bodies == [b"text", b""]


@pytest.mark.parametrize(
    ("environ", "status"),
    [
        ({"CONTENT_LENGTH": "5"}, HTTPStatus.BAD_REQUEST),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, HTTPStatus.LENGTH_REQUIRED),
    ],
)
def test_incomplete_or_unsized_body_is_refused(environ: dict[str, str], status: HTTPStatus) -> None:
    django = Django()
    assert request(make(django), "POST", body=b"text", **environ) == status
    assert django.bodies == []
    assert request(make(django), "POST") == HTTPStatus.OK


@pytest.mark.parametrize(
    ("content_type", "length"),
    [("application/json", 256 * 1024 + 1), ("multipart/form-data", MAX_UPLOAD_BYTES + 1)],
)
def test_too_large_body_is_not_read(content_type: str, length: int) -> None:
    source = io.BytesIO(b"text")
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/", "wsgi.input": source}
    headers = {"CONTENT_LENGTH": str(length), "CONTENT_TYPE": content_type}
    with pytest.raises(Exception, match="larger than this service reads"):
        make(Django())(environ | headers, print)
    assert source.tell() == 0


def test_response_is_closed_in_its_lane() -> None:
    response = Response(b"a", b"b")
    _, pieces = open_request(make(Django(response)), "GET", "/")
    assert list(pieces) == [b"ab"]
    assert response.closed


@pytest.mark.django_db  # old connections are closed, and pytest-django forbids even that
@pytest.mark.usefixtures("_short_waits")
def test_large_files_hold_places_in_the_lane_of_clients() -> None:
    response = Response(b"a" * MAX_BUFFERED_BYTES, b"b", streaming=True)
    site = make(Django(response), body_threads=2)
    sent = [open_request(site, "GET", "/static/x.js") for _ in range(2)]
    assert [status for status, _ in sent] == [HTTPStatus.OK] * 2
    assert not response.closed
    assert request(site, "GET", "/static/x.js") == HTTPStatus.SERVICE_UNAVAILABLE
    assert request(site, "POST") == HTTPStatus.SERVICE_UNAVAILABLE
    for _, stream in sent:
        stream.close()  # type: ignore[attr-defined] # WSGI's type has none
    assert request(site, "POST") == HTTPStatus.OK


def test_small_files_are_buffered() -> None:
    response = Response(b"a", b"b", streaming=True)
    _, pieces = open_request(make(Django(response)), "GET", "/static/x.css")
    assert list(pieces) == [b"ab"]
    assert response.closed
