"""Bodies without their ends publish nothing, on any form and by the API."""

import socket
from collections.abc import Callable

import pytest

from tests.security.cut_bodies import Author, answer, cut, whole
from tests.site import Site

pytestmark = pytest.mark.django_db(transaction=True)


def test_body_without_its_end_writes_nothing(serve: Callable[..., Site]) -> None:
    """A whole one follows, which shows that nothing else was wrong with the others."""
    author = Author()
    site = serve(WEB_WORKERS="1")

    def connect() -> socket.socket:
        return socket.create_connection(("127.0.0.1", site.port), timeout=10)

    for name, target in author.targets().items():
        before = author.written()
        for body in cut(target):
            reply = answer(connect, author.head(target, body), body)
            assert reply.startswith(b"HTTP/1.1 400 "), (name, body, reply)
            kind = b"application/problem+json" if target.is_api else b"text/html"
            assert b"Content-Type: " + kind in reply or b"content-type: " + kind in reply
            assert author.written() == before, (name, body)
        body = whole(target)
        reply = answer(connect, author.head(target, body), body)
        assert reply.startswith((b"HTTP/1.1 302 ", b"HTTP/1.1 201 ")), (name, reply)
        assert author.written() != before, name
