"""Pages as a reader gets them, in the process of the test."""

import re
from html import unescape
from typing import Any

from django.test import Client

from posts import tokens
from posts.models import User

PUBLIC = "public, max-age=0, s-maxage=0, stale-if-error=60"
PRIVATE = "private, no-cache"


def get(path: str, user: User | None = None, *, headers: dict[str, str] | None = None) -> Any:
    """Return the response to `user`, or signed out. An exception is a 500, as in production."""
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    return client.get(path, headers=headers)


def bearer(user: User) -> dict[str, str]:
    """Return the header with a new token of this user."""
    return {"Authorization": f"Bearer {tokens.issue(user).secret}"}


def refused_fields(response: Any) -> list[str]:
    """Return the names of the fields that a 400 of the API refuses."""
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "no-store"
    return [error["field"] for error in response.json()["errors"]]


def text(response: Any) -> str:
    content: bytes = response.content
    return content.decode()


def shown(response: Any, kind: str = "post") -> list[int]:
    """Return the ids of the posts (or comments) on a page that are not hidden, from the top."""
    assert response.status_code == 200
    found = re.findall(rf'<article class="{kind}[ "][^>]*id="{kind}-(\d+)"([^>]*)', text(response))
    return [int(pk) for pk, more in found if not more.endswith(" hidden")]


def counts(html: str) -> tuple[int, int]:
    """Return the numbers of likes and comments of the first post."""
    likes, comments = (
        re.search(rf'#{icon}"/></svg><span data-count="(\d+)">\1</span>', html)
        for icon in ("heart", "speech")
    )
    assert likes
    assert comments
    return int(likes[1]), int(comments[1])


def next_page(response: Any) -> str | None:
    """Return the address of the next page, if there is one."""
    found = re.search(r'rel="next"[^>]* href="([^"]+)"', text(response))
    return unescape(found[1]) if found else None
