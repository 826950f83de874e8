"""The WSGI application as a whole: front door, lanes and Django together."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from typing import Any
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


@pytest.fixture(scope="module")
def worker() -> dict[str, Any]:
    """Facts about a process that has imported the application."""
    program = """
import gc, json, sys, feedsite.wsgi
frozen, others = gc.get_freeze_count(), len(gc.get_objects())
views = "feed.views" in sys.modules and "posts.views.posts" in sys.modules
print(json.dumps([sys.getswitchinterval(), frozen, others, views]))
"""
    environment = {**os.environ, "LISTEN_TO_DATABASE": "0", "DATABASE_URL": "sqlite:///:memory:"}
    printed = subprocess.check_output([sys.executable, "-c", program], env=environment, text=True)
    return dict(
        zip(("switch_interval", "frozen", "others", "views"), json.loads(printed), strict=True)
    )


def test_threads_of_a_worker_pass_on_the_global_lock_early(worker: dict[str, Any]) -> None:
    """Else a hit waits long beside threads that load pages."""
    assert worker["switch_interval"] == 0.0005


def test_full_garbage_collection_leaves_out_what_a_worker_has_loaded(
    worker: dict[str, Any],
) -> None:
    """Else it stops all threads for a tenth of a second."""
    assert worker["views"], "loaded later, they are not left out"
    assert worker["frozen"] > 50 * worker["others"]
