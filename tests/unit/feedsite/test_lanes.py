"""The lanes of a server: which requests enter which, and what they get. Waiting: test_lane.py."""

import io
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import pytest

from feedsite import lane, lanes
from feedsite.bodies import MAX_UPLOAD_BYTES, Environ
from feedsite.lanes import Lanes, server_threads
from feedsite.postgresql import deadline
from feedsite.response_bodies import MAX_BUFFERED_BYTES
from freshcache.errors import Busy
from freshcache.front_door.cached_response import MAY_BE_BUSY
from tests.processes import wait_until

READ_SECONDS, WRITE_SECONDS = 1.0, 5.0
BODY_THREADS = 4


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
    site: Lanes, method: str, path: str, body: bytes = b"", **environ: object
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
    monkeypatch.setattr(lane, "SHORT_WAIT_SECONDS", 0.01)


class Requests:
    """Requests on threads of their own. `end` lets Django answer all of them."""

    def __init__(self, site: Lanes, django: Django) -> None:
        self._site = site
        self._django = django
        self._threads: list[threading.Thread] = []
        self.statuses: list[int] = []
        django.gate.clear()

    def send(self, number: int, method: str, path: str, query: str = "") -> None:
        def run() -> None:
            self.statuses.append(request(self._site, method, path, QUERY_STRING=query))

        threads = [threading.Thread(target=run) for _ in range(number)]
        self._threads += threads
        for thread in threads:
            thread.start()

    def entered(self, number: int) -> None:
        for _ in range(number):
            assert self._django.entered.acquire(timeout=10)

    def end(self) -> None:
        self._django.gate.set()
        for thread in self._threads:
            thread.join(10)


@pytest.fixture
def django() -> Django:
    return Django()


@pytest.fixture
def site(django: Django) -> Lanes:
    return make(django, web_threads=4, body_threads=BODY_THREADS)


@pytest.fixture
def requests(site: Lanes, django: Django) -> Iterator[Requests]:
    sent = Requests(site, django)
    yield sent
    sent.end()


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


@pytest.mark.parametrize(
    ("method", "waits", "left"),
    [("POST", WRITE_SECONDS, WRITE_SECONDS - 2), ("GET", lane.WAIT_SECONDS, READ_SECONDS)],
)
def test_time_of_a_write_includes_its_wait_for_its_lanes(
    method: str, waits: float, left: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, until = 0.0, []

    def enter_late(**options: float) -> None:
        nonlocal now
        until.append(options["until"])
        now += 2.0

    for module in (deadline, lanes):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now))
    django = Django()
    site = make(django)
    monkeypatch.setattr(site._django, "enter", enter_late)
    monkeypatch.setattr(site._django, "leave", lambda: None)
    assert request(site, method) == HTTPStatus.OK
    assert until == [waits]
    assert django.seconds == [left]


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


SLOW = [
    ("GET", "/search/", "q=word", "searches"),
    ("GET", "/search/", "%71=word", "searches"),
    ("GET", "/api/authors/", "q=a", "searches"),
    ("GET", "/admin/posts/post/", "q=word", "searches"),
    ("POST", "/accounts/login/", "", "sign_ins"),
    ("POST", "/accounts/signup/", "", "sign_ins"),
    ("POST", "/accounts/reauthenticate/", "", "sign_ins"),
    ("POST", "/api/auth/token/", "", "sign_ins"),
]


WRITE, READ = ("POST", "/", "", "writes"), ("GET", "/", "cursor=", "django")


@pytest.mark.parametrize(("method", "path", "query", "lane_name"), SLOW)
def test_twelve_slow_requests_leave_threads_for_pages(
    site: Lanes, requests: Requests, method: str, path: str, query: str, lane_name: str
) -> None:
    requests.send(12, method, path, query)
    requests.entered(1)
    wait_until(lambda: site.states()[lane_name]["refused"] >= 12 - 1 - BODY_THREADS)
    assert site.states()[lane_name]["in_use"] == site.states()["django"]["in_use"] == 1
    requests.send(2, "GET", "/")
    requests.entered(2)
    requests.end()
    assert HTTPStatus.SERVICE_UNAVAILABLE in requests.statuses
    assert requests.statuses.count(HTTPStatus.OK) >= 1 + 2


def test_slow_requests_of_all_kinds_leave_a_thread_for_pages(
    site: Lanes, requests: Requests
) -> None:
    for method, path, query, _ in SLOW:
        requests.send(3, method, path, query)
    requests.send(6, "POST", "/api/posts/")
    requests.entered(3)  # a search and two writes
    wait_until(lambda: site.states()["writes"]["waiting"] >= 1)
    assert site.states()["django"]["in_use"] == 3
    requests.send(1, "GET", "/")
    requests.entered(1)


def test_probes_need_no_lane(site: Lanes, requests: Requests) -> None:
    requests.send(4, "GET", "/")
    requests.entered(4)
    for path in ("/health/live", "/health/ready", "/health/lanes"):
        requests.send(1, "GET", path)
        requests.entered(1)
    assert site.states()["django"]["in_use"] == 4


THREADS = server_threads(web_threads=4, body_threads=BODY_THREADS)


@pytest.fixture
def _long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits for a lane do not end during a test, except those on free threads."""
    for name in ("MAX_STILL_SECONDS", "READ_MAX_STILL_SECONDS"):
        monkeypatch.setattr(lanes, name, 60.0)
    monkeypatch.setattr(lanes, "MAX_STILL_SECONDS_ON_FREE_THREADS", 0.0)
    monkeypatch.setattr(lane, "SHORT_WAIT_SECONDS", 60.0)


@pytest.mark.usefixtures("_long_waits")
@pytest.mark.parametrize("kinds", [[WRITE], [READ], [*SLOW, WRITE, READ]])
def test_requests_leave_free_threads_while_they_wait(
    django: Django, kinds: list[tuple[str, str, str, str]]
) -> None:
    site = make(django, web_threads=4, body_threads=BODY_THREADS)
    requests, number = Requests(site, django), 60
    for method, path, query, _ in kinds:
        for each in range(number):
            requests.send(1, method, path, query and f"{query}{each}")

    def held() -> int:
        return number * len(kinds) - len(requests.statuses)

    try:
        wait_until(lambda: held() <= THREADS - lanes.FREE_THREADS)
        requests.entered(1)
    finally:
        requests.end()


class SlowBody(io.RawIOBase):
    """A body of which no byte arrives until `gate` is set."""

    def __init__(self, gate: threading.Event) -> None:
        self._gate = gate

    def read(self, size: int = -1, /) -> bytes:
        assert self._gate.wait(10)
        return b""


@pytest.mark.usefixtures("_long_waits")
def test_hit_and_page_find_threads_beside_two_hundred_bodies_that_trickle(django: Django) -> None:
    """A pool with as many threads as the server has, and its queue: first come, first served."""
    site = make(django, web_threads=4, body_threads=BODY_THREADS)
    gate, hit = threading.Event(), threading.Event()

    def trickle() -> int:
        environ: Environ = {"CONTENT_LENGTH": "5", "wsgi.input": SlowBody(gate)}
        return open_request(site, "POST", "/x", b"", **environ)[0]

    with ThreadPoolExecutor(THREADS) as server:
        try:
            trickles = [server.submit(trickle) for _ in range(200)]
            server.submit(hit.set)
            assert hit.wait(10)
            held = BODY_THREADS + BODY_THREADS // 2
            wait_until(lambda: sum(each.done() for each in trickles) == len(trickles) - held)
            assert server.submit(request, site, "GET", "/").result(10) == HTTPStatus.OK
            statuses = {each.result() for each in trickles if each.done()}
            assert statuses == {HTTPStatus.SERVICE_UNAVAILABLE}
        finally:
            gate.set()


@pytest.mark.usefixtures("_long_waits")
def test_all_readers_of_a_page_that_is_being_loaded_get_it(django: Django) -> None:
    site = make(django, web_threads=4, body_threads=BODY_THREADS)
    requests = Requests(site, django)
    requests.send(1, "GET", "/", "limit=7")
    requests.entered(1)
    requests.send(40, "GET", "/", "limit=7")
    wait_until(lambda: site.states()["threads"]["waiting"] == 41 - (THREADS - lanes.FREE_THREADS))
    requests.send(1, "GET", "/", "limit=8")
    wait_until(lambda: requests.statuses == [HTTPStatus.SERVICE_UNAVAILABLE])
    requests.end()
    assert requests.statuses[1:] == [HTTPStatus.OK] * 41


def test_waiting_for_several_lanes_has_one_limit(
    site: Lanes, requests: Requests, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[float | None] = []
    original = lane.Lane.enter

    def enter(self: lane.Lane, *, until: float | None = lane.FOREVER, **more: float | None) -> None:
        seen.append(until)
        original(self, until=until, **more)

    monkeypatch.setattr(lane.Lane, "enter", enter)
    requests.send(1, "POST", "/accounts/login/")
    requests.entered(1)
    thread, clients, *others = seen
    assert thread == clients == lane.FOREVER
    assert len(others) == 3
    assert len({*others}) == 1


@pytest.mark.parametrize("body_threads", [2, 3, 4, 32])
def test_threads_of_the_server_are_those_of_the_lanes_and_free_ones(body_threads: int) -> None:
    threads = server_threads(web_threads=4, body_threads=body_threads)
    assert threads == 4 + 4 * body_threads


@pytest.mark.usefixtures("_long_waits")
@pytest.mark.parametrize(("number", "lane_name"), [(4, "django"), (18, "threads")])
def test_request_that_has_another_answer_does_not_wait(
    django: Django, number: int, lane_name: str
) -> None:
    site = make(django, web_threads=4, body_threads=BODY_THREADS)
    requests = Requests(site, django)
    requests.send(number, "GET", "/")
    requests.entered(4)
    wait_until(lambda: site.states()["threads"]["in_use"] == number)
    try:
        with pytest.raises(Busy):
            request(site, "GET", "/", b"", **{MAY_BE_BUSY: "1"})
        assert site.states()[lane_name]["refused"] == 0
    finally:
        requests.end()
