"""A server that is killed between COMMIT and its answer: the write, sent again, is found."""

import secrets
import socket
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from feed.verification.http_client import NO_RESPONSE, Reply
from posts import tokens
from posts.models import Post
from tests import servers
from tests.security.cut_bodies import TEXT, Author, Target, answer, whole
from tests.security.locks import locked_posts
from tests.site import Site

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres, pytest.mark.redis]
pytestmark += [pytest.mark.proof]


class Writer:
    """Writes the same two posts each time: one by a form, one by the API."""

    def __init__(self) -> None:
        self._author = Author()
        self._form = Target("/posts/new/", fields=(("key", secrets.token_hex(16)),))
        token = tokens.issue(self._author.user).secret
        self._headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4())}

    def send_form(self, site: Site) -> bytes:
        body = whole(self._form)

        def connect() -> socket.socket:
            return socket.create_connection(("127.0.0.1", site.port), timeout=10)

        try:
            return answer(connect, self._author.head(self._form, body), body)
        except OSError:
            return b""

    def send_program(self, site: Site) -> Reply | None:
        body = {"content": TEXT}
        try:
            return site.request("POST", "/api/posts/", body=body, headers=self._headers)
        except NO_RESPONSE:
            return None


def written() -> int:
    return Post.objects.filter(content=TEXT).count()


def waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return int(cursor.fetchone()[0])


def test_write_whose_answer_was_lost_is_not_written_again(
    serve: Callable[..., Site], wait_until: Callable[..., None]
) -> None:
    """Redis hangs after the COMMIT, so the server has not answered yet when it is killed."""
    writer, redis = Writer(), servers.redis_client()
    assert redis is not None

    def start() -> Site:
        return serve(WEB_WORKERS="1", REDIS_TIMEOUT="2")

    site = start()
    with ThreadPoolExecutor(2) as pool:
        with locked_posts():
            form, program = (
                pool.submit(writer.send_form, site),
                pool.submit(writer.send_program, site),
            )
            wait_until(lambda: waiting() == 2)
            redis.client_pause(60_000, all=False)
        try:
            wait_until(lambda: written() == 2)
            site.close()
        finally:
            redis.client_unpause()
        assert (form.result(10), program.result(10)) == (b"", None)

    site = start()
    assert writer.send_form(site).startswith(b"HTTP/1.1 302 ")
    reply = writer.send_program(site)
    assert reply is not None
    assert (reply.status, reply.headers["Idempotent-Replayed"]) == (201, "true")
    assert written() == 2
