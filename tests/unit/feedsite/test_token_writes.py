"""Writes with a token are answered by less middleware as by all of it."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.utils.module_loading import import_string
from pytest_django import Settings

from feedsite.token_writes import UNNEEDED, TokenWriteHandler, TokenWrites
from posts import tokens
from posts.models import AuditEntry, Post, User
from tests.factories import PostFactory, UserFactory, permitted

pytestmark = pytest.mark.django_db(transaction=True)

Environ = dict[str, Any]
Answer = tuple[str, dict[str, str], bytes]


@pytest.fixture
def user() -> User:
    made: User = UserFactory.create()
    return made


@pytest.fixture
def token(user: User) -> str:
    return tokens.issue(user).secret


def environ_of(method: str, path: str, body: bytes = b"", **more: str) -> Environ:
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
        **more,
    }


def answer(application: Callable[..., Any], environ: Environ) -> Answer:
    sent: list[tuple[str, dict[str, str]]] = []
    response = application(environ, lambda status, headers: sent.append((status, dict(headers))))
    body = b"".join(response)
    response.close()
    return (*sent[0], body)


def without_names(body: bytes) -> Any:
    """Return the JSON of a body without what differs from row to row."""
    found = json.loads(body) if body else None
    if isinstance(found, dict):
        for name in ("id", "url", "created_at", "updated_at"):
            found.pop(name, None)
    return found


HELLO = b'{"content": "Hello"}'


@pytest.mark.parametrize(
    ("method", "path", "body", "more", "status"),
    [
        ("POST", "/api/posts/", HELLO, {}, 201),
        ("POST", "/api/posts/", b'{"content": " "}', {}, 400),
        ("POST", "/api/posts/", b"{", {}, 400),
        ("POST", "/api/posts/", b"a", {"CONTENT_TYPE": "text/plain"}, 415),
        ("POST", "/api/posts/", HELLO, {"HTTP_ACCEPT": "text/html"}, 406),
        ("POST", "/api/posts/", HELLO, {"HTTP_HOST": "elsewhere.example"}, 400),
        ("POST", "/api/posts/", HELLO, {"HTTP_AUTHORIZATION": "Bearer"}, 401),
        ("POST", "/api/posts/", HELLO, {"HTTP_AUTHORIZATION": "Bearer " + "0" * 64}, 401),
        ("PUT", "/api/posts/{post}/like/", b"", {}, 200),
        ("DELETE", "/api/posts/{post}/like/", b"", {}, 200),
        ("POST", "/api/posts/{post}/comments/", HELLO, {}, 201),
        ("PATCH", "/api/posts/{post}/", HELLO, {}, 403),
        ("DELETE", "/api/posts/9000/", b"", {}, 404),
        ("POST", "/api/feed/", HELLO, {}, 405),
        ("POST", "/api/nothing/", HELLO, {}, 404),
        ("POST", "/api/posts", HELLO, {}, 308),
    ],
)
def test_status_headers_and_body_are_those_of_all_middleware(
    token: str, method: str, path: str, body: bytes, more: dict[str, str], status: int
) -> None:
    path = path.format(post=PostFactory.create().pk)
    more = {"HTTP_AUTHORIZATION": f"Bearer {token}", **more}
    few, full = (
        answer(handler, environ_of(method, path, body, **more))
        for handler in (TokenWriteHandler(), WSGIHandler())
    )
    assert few[0] == full[0]
    assert few[0].startswith(str(status))
    # They depend on an id, on the moment, and on the writes before.
    for name in ("Content-Length", "Location", "ETag", "RateLimit"):
        assert (name in few[1]) == (name in full[1])
        few[1].pop(name, None), full[1].pop(name, None)
    assert few[1] == full[1]
    assert without_names(few[2]) == without_names(full[2])


def test_insecure_write_is_redirected_as_ever(token: str, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    more = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    status, headers, _ = answer(
        TokenWriteHandler(), environ_of("POST", "/api/posts/", HELLO, **more)
    )
    assert status.startswith("301")
    assert headers["Location"] == "https://localhost/api/posts/"
    assert not Post.objects.exists()


def test_audit_log_names_the_moderator_of_the_token() -> None:
    moderator = permitted("delete_post")
    more = {"HTTP_AUTHORIZATION": f"Bearer {tokens.issue(moderator).secret}"}
    path = f"/api/posts/{PostFactory.create().pk}/"
    assert answer(TokenWriteHandler(), environ_of("DELETE", path, b"", **more))[0].startswith("204")
    assert {entry.actor for entry in AuditEntry.objects.filter(action="deleted")} == {
        moderator.username
    }


TOKEN = {"HTTP_AUTHORIZATION": "Bearer abc"}


@pytest.mark.parametrize(
    ("method", "path", "more", "is_short"),
    [
        ("POST", "/api/posts/", TOKEN, True),
        ("DELETE", "/api/auth/token/x", {"HTTP_AUTHORIZATION": "bearer abc"}, True),
        ("GET", "/api/posts/1/", TOKEN, False),
        ("POST", "/", TOKEN, False),
        ("POST", "/admin/", TOKEN, False),
        ("POST", "/api/auth/token/", TOKEN, False),
        ("POST", "/api/posts/", {**TOKEN, "HTTP_COOKIE": "sessionid=a"}, False),
        ("POST", "/api/posts/", {"HTTP_AUTHORIZATION": "Basic abc"}, False),
        ("POST", "/api/posts/", {"HTTP_AUTHORIZATION": "Bearerabc"}, False),
        ("POST", "/api/posts/", {}, False),
    ],
)
def test_only_writes_of_the_api_with_a_token_and_no_cookie_skip_middleware(
    method: str, path: str, more: dict[str, str], is_short: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes = TokenWrites(lambda *_: [b"all"])
    monkeypatch.setattr(writes, "_handler", lambda *_: [b"few"])
    assert writes(environ_of(method, path, b"", **more), print) == [b"few" if is_short else b"all"]


def test_each_skipped_middleware_is_in_use() -> None:
    assert set(settings.MIDDLEWARE) >= UNNEEDED


def test_needed_middleware_has_no_hook_that_is_not_called() -> None:
    for path in set(settings.MIDDLEWARE) - UNNEEDED:
        middleware = import_string(path)
        for hook in ("process_view", "process_exception", "process_template_response"):
            assert not hasattr(middleware, hook), path
