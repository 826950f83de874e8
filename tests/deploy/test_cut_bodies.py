"""Bodies without their ends publish nothing behind nginx either."""

import socket
from collections.abc import Callable

import pytest

from tests.deploy.edge import NAME, Edge
from tests.security.cut_bodies import Author, answer, cut, whole
from tests.site import Site

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.redis, pytest.mark.postgres]


def test_body_without_its_end_writes_nothing(behind: Callable[..., tuple[Edge, Site]]) -> None:
    author = Author(prefix="__Host-", origin=f"https://{NAME}")
    edge, _ = behind(s_maxage=0)

    def connect() -> socket.socket:
        plain = socket.create_connection(("127.0.0.1", edge.port), timeout=10)
        return edge.tls.wrap_socket(plain, server_hostname=NAME, suppress_ragged_eofs=True)

    for name, target in author.targets().items():
        before = author.written()
        for body in cut(target):
            reply = answer(connect, author.head(target, body), body)
            assert not reply or reply.startswith(b"HTTP/1.1 400 "), (name, body, reply)
            assert bool(reply) == (len(body.sent) == body.length)
            assert author.written() == before, (name, body)
        body = whole(target)
        reply = answer(connect, author.head(target, body), body)
        assert reply.startswith((b"HTTP/1.1 302 ", b"HTTP/1.1 201 ")), (name, reply)
        assert author.written() != before, name
