"""Requests whose bodies lack their ends, for each form and for the API."""

import json
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.test import Client
from knox.models import AuthToken

from posts.models import Comment, Post, Report, User
from tests.factories import CommentFactory, PostFactory

BOUNDARY = "----a-boundary"
CSRF = "a" * 32
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
FORM = "application/x-www-form-urlencoded"
TEXT = "Do not fire, whatever happens"
HALF_SENTENCE = TEXT.index(" fire")


@dataclass(frozen=True)
class Target:
    """An address that takes a body. `text` is its field that is sent last."""

    path: str
    text: str = "content"
    fields: tuple[tuple[str, str], ...] = ()
    is_api: bool = False


@dataclass(frozen=True)
class Body:
    """`sent` is all that arrives; `length` is the Content-Length."""

    content_type: str
    sent: bytes
    length: int


class Author:
    """An author with a post and a comment, a session and a token. `prefix`: of the cookies."""

    def __init__(self, *, prefix: str = "", origin: str = "") -> None:
        self.post: Post = PostFactory.create()
        CommentFactory.create(post=self.post)
        self.user: User = self.post.author
        client = Client()
        client.force_login(self.user)
        session = client.cookies["sessionid"].value
        cookies = f"{prefix}sessionid={session}; {prefix}csrftoken={CSRF}"
        self._of_forms = f"Cookie: {cookies}\r\n" + (f"Origin: {origin}\r\n" if origin else "")
        self._of_api = f"Authorization: Bearer {AuthToken.objects.create(self.user)[1]}\r\n"

    def targets(self) -> dict[str, Target]:
        pk = self.post.pk
        return {
            "post": Target("/posts/new/"),
            "edit": Target(f"/posts/{pk}/edit/"),
            "comment": Target(f"/posts/{pk}/comments/"),
            "profile": Target("/accounts/profile/", "bio", (("display_name", "Other"),)),
            "report": Target(f"/posts/{pk}/report/", "note", (("reason", "spam"),)),
            "API": Target("/api/posts/", is_api=True),
        }

    def head(self, target: Target, body: Body) -> bytes:
        return (
            f"POST {target.path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            f"{self._of_api if target.is_api else self._of_forms}"
            f"Content-Type: {body.content_type}\r\nContent-Length: {body.length}\r\n\r\n"
        ).encode()

    def written(self) -> list[Any]:
        """Return everything that the targets write."""
        rows = Post.objects.values_list("pk", "content"), Comment.objects.values_list("content")
        return [
            *(sorted(kind) for kind in rows),
            *Report.objects.values_list("note"),
            *User.objects.filter(pk=self.user.pk).values_list("display_name", "bio"),
        ]


def whole(target: Target) -> Body:
    body = _multipart(target)
    return Body(MULTIPART, body, len(body))


def cut(target: Target) -> Iterator[Body]:
    """Yield bodies that are cut off, with a Content-Length that says so, or not."""
    body = _multipart(target)
    text = body.index(TEXT.encode())
    end = len(body) - len("\r\n--\r\n")
    for length in (text + HALF_SENTENCE, text + len(TEXT), end - len(BOUNDARY), end, end + 2):
        yield Body(MULTIPART, body[:length], length)
    yield Body(MULTIPART, body[: text + HALF_SENTENCE], len(body))
    kind = "application/json" if target.is_api else FORM
    written = json.dumps({target.text: TEXT}) if target.is_api else urlencode(_fields(target))
    for missing in (10, 1):
        yield Body(kind, written.encode()[:-missing], len(written))


def answer(connect: Callable[[], socket.socket], head: bytes, body: Body) -> bytes:
    """Send a request, and cut the connection if the body is too short; return what comes back."""
    with connect() as client:
        client.sendall(head + body.sent)
        if len(body.sent) < body.length:
            if isinstance(client, ssl.SSLSocket):
                return b""  # TLS has no half-closed connection: this one is closed
            client.shutdown(socket.SHUT_WR)
        received = b""
        while block := client.recv(65_536):
            received += block
        return received


def _fields(target: Target) -> list[tuple[str, str]]:
    return [("csrfmiddlewaretoken", CSRF), *target.fields, (target.text, TEXT)]


def _multipart(target: Target) -> bytes:
    parts = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in _fields(target)
    )
    return f"{''.join(parts)}--{BOUNDARY}--\r\n".encode()
