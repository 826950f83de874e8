"""Writes against a locked table, sent again by clients: no post that its client was not told of.

Half of the clients send a key with each write, and so send it again until it is saved.
"""

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus

import pytest
from knox.models import AuthToken

from feed.verification.http_client import NO_RESPONSE
from posts.models import Post
from tests.factories import UserFactory
from tests.security.locks import locked_posts
from tests.site import Site

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres, pytest.mark.proof]

WRITES, CLIENTS = 200, 16
# The site's limit for a write.
WRITE_SECONDS = 2.0
PAUSE_SECONDS = 0.2  # before a client sends a write again


@dataclass
class Clients:
    """Clients that send each write again until they know whether it was saved."""

    site: Site
    token: str
    statuses: list[int] = field(default_factory=list)
    saved: set[str] = field(default_factory=set)
    # Texts without a key whose outcome the site called unknown. These are not sent again.
    unknown: set[str] = field(default_factory=set)
    up: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def write(self, number: int) -> None:
        text = f"Write {number}"
        key = str(uuid.uuid4()) if number % 2 else ""
        while not self._is_known(text, key):
            assert not self.ended.wait(PAUSE_SECONDS)
            self.up.wait(60)

    def wait_for_refusals(self, wait_until: Callable[..., None]) -> None:
        enough = len(self.statuses) + CLIENTS
        wait_until(lambda: len(self.statuses) >= enough, 60)

    def _is_known(self, text: str, key: str) -> bool:
        headers = {"Authorization": f"Bearer {self.token}"}
        headers |= {"Idempotency-Key": key} if key else {}
        try:
            reply = self.site.request(
                "POST", "/api/posts/", body={"content": text}, headers=headers, timeout=60
            )
        except NO_RESPONSE:
            return False
        self.statuses.append(reply.status)
        if reply.status == HTTPStatus.CREATED:
            self.saved.add(text)
        elif reply.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            assert reply.json()["code"] == "outcome_unknown"
            if key:
                return False
            self.unknown.add(text)
        else:
            assert reply.status == HTTPStatus.SERVICE_UNAVAILABLE, reply.body
        return reply.status != HTTPStatus.SERVICE_UNAVAILABLE


def test_clients_that_send_writes_again_are_told_of_each_post(
    serve: Callable[..., Site], wait_until: Callable[..., None]
) -> None:
    """The table is locked, and meanwhile the server is stopped, and then killed."""
    author = UserFactory.create()
    token = AuthToken.objects.create(author)[1]

    def start() -> Site:
        limits = {"WRITE_SECONDS": str(WRITE_SECONDS), "LIMIT_WRITES": "100000/minute"}
        return serve(WEB_WORKERS="1", **limits)

    clients = Clients(start(), token)
    clients.up.set()
    with ThreadPoolExecutor(CLIENTS) as pool:
        try:
            with locked_posts():
                sent = [pool.submit(clients.write, number) for number in range(WRITES)]
                clients.wait_for_refusals(wait_until)
                clients.up.clear()
                clients.site.stop()  # while writes wait for the lock
                clients.site = start()
                clients.up.set()
                clients.wait_for_refusals(wait_until)
                assert not clients.saved | clients.unknown
                clients.up.clear()
                clients.site.close()
            # The database still has the queries of the killed server.
            clients.site = start()
            clients.up.set()
            for done in sent:
                done.result(90)
        finally:
            clients.up.set()
            clients.ended.set()
    rows = list(Post.objects.values_list("content", flat=True))
    assert len(rows) == len(set(rows))
    assert set(rows) - clients.unknown == clients.saved
    assert len(clients.saved | clients.unknown) == WRITES
