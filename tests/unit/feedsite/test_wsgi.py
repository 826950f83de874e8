"""The WSGI application as a whole: front door, lanes and Django together."""

import os
import subprocess
import sys
from contextlib import suppress
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.handlers.wsgi import WSGIHandler

from feed.cache import feed_cache
from feedsite.lanes import Lanes
from freshcache import FrontDoor
from tests.factories import PostFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def application() -> FrontDoor:
    feed_cache().self_check.due_at = float("inf")
    lanes = Lanes(
        WSGIHandler(), web_threads=4, body_threads=4, read_seconds=2.0, write_seconds=10.0
    )
    return FrontDoor(lanes)


def get(application: FrontDoor, path: str) -> tuple[str, bytes]:
    """Cache-Status and body."""
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": ""}
    environ |= {"SERVER_NAME": "localhost", "HTTP_HOST": "localhost"}
    setup_testing_defaults(environ)
    sent: list[dict[str, str]] = []
    answer = application(environ, lambda _, headers: sent.append(dict(headers)))
    body = b"".join(answer)
    with suppress(AttributeError):
        answer.close()  # type: ignore[attr-defined] # a plain list has none
    return sent[0]["Cache-Status"], body


@pytest.mark.parametrize("path", ["/", "/api/feed/"])
def test_the_front_door_stores_what_comes_through_the_lanes(
    application: FrontDoor, path: str
) -> None:
    PostFactory.create()
    first, second = get(application, path), get(application, path)
    assert "fwd=miss" in first[0]
    assert 'detail="front door' in second[0]
    assert first[1] == second[1] != b""


def test_threads_of_a_worker_pass_on_the_global_lock_early() -> None:
    """Else a hit waits long beside threads that load pages."""
    program = "import sys, feedsite.wsgi; print(sys.getswitchinterval())"
    environment = {**os.environ, "LISTEN_TO_DATABASE": "0", "DATABASE_URL": "sqlite:///:memory:"}
    printed = subprocess.check_output([sys.executable, "-c", program], env=environment, text=True)
    assert float(printed) == 0.0005
