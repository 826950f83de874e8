"""Helpers for tests of the API."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.test import Client

from posts.models import User
from tests.factories import UserFactory

JSON = "application/json"
HELLO = {"content": "Hello"}
OF_A_POST: list[tuple[str, str, Any]] = [
    ("put", "/api/posts/{post}/", HELLO),
    ("patch", "/api/posts/{post}/", HELLO),
    ("delete", "/api/posts/{post}/", None),
    ("put", "/api/posts/{post}/like/", None),
    ("delete", "/api/posts/{post}/like/", None),
    ("post", "/api/posts/{post}/comments/", HELLO),
]
BAD_CONTENT = ["", " \n\t", "x" * 5_001, "a\0b", "\ud800", None, 7, True, ["a"], {"a": "b"}]


def signed_in(user: User | None = None) -> Client:
    client = Client()
    client.force_login(user or UserFactory.create())
    return client


def call(client: Client, method: str, path: str, body: Any = None) -> Any:
    send: Callable[..., Any] = getattr(client, method)
    return send(path, body, content_type=JSON) if body is not None else send(path)


def problem(response: Any, status: int) -> dict[str, Any]:
    """Check that `response` is a problem document with this status; return it."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert body["title"] == HTTPStatus(status).phrase
    kind = "invalid_input" if "errors" in body else body.get("code")
    assert body["type"] == (f"/api/problems/{kind}/" if kind else "about:blank")
    assert body["detail"]
    return body


def fields(response: Any) -> set[str]:
    return {error["field"] for error in problem(response, 400)["errors"]}
