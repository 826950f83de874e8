"""The account that a verification writes with. Afterwards it is gone, with all it wrote."""

import http.client
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import count
from typing import Any

from django.db import Error as DatabaseFault
from django.utils import timezone

from feed.verification.site import Failed, Reply, Site, Skipped, excerpt
from posts.models import Post, User

PREFIX = "verify-feed-"
DOMAIN = "verify-feed.invalid"  # nobody can have an address there (RFC 2606)
# What a killed run has left is older; what is younger may belong to a run beside this one.
ABANDONED_AFTER = timedelta(minutes=10)


class Author:
    """`mark` is in every text it writes, and nowhere else."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.mark = secrets.token_hex(6)
        self.token = ""
        self._markers = count(1)
        self._password = secrets.token_urlsafe(24)
        username = f"{PREFIX}{secrets.token_hex(4)}"
        self.user = User.objects.create_user(username, f"{username}@{DOMAIN}", self._password)
        self.pk = self.user.pk

    def new_text(self) -> tuple[str, str]:
        """A text for a post, and the marker in it by which it is known from all others."""
        marker = f"{self.mark}-{next(self._markers)}."
        return f"This verifies that the site works, and is gone in a moment. {marker}", marker

    def sign_in(self) -> None:
        """Get a token, as any program would."""
        body = {"username": self.user.username, "password": self._password}
        reply = self.site.request("POST", "/api/auth/token/", body=body)
        if reply.status == 401:  # noqa: PLR2004 -- Unauthorized
            raise Failed("an account made here can't sign in: is DATABASE_URL here the site's?")
        if reply.status != 200:  # noqa: PLR2004 -- OK
            raise Failed(f"POST /api/auth/token/ answered {reply.status}: {excerpt(reply)}")
        self.token = reply.json()["token"]

    def call(self, method: str, path: str, body: Any = None) -> Reply:
        """A request with the token. Raise `Failed` if it is refused, `Skipped` without a token."""
        if not self.token:
            raise Skipped("there is no token")
        reply = self.site.request(method, path, body=body, token=self.token)
        if reply.status not in {200, 201, 204}:
            raise Failed(f"{method} {path} answered {reply.status}: {excerpt(reply)}")
        return reply

    def vanish(self) -> None:
        """Delete the account and its posts, such that every worker hears of it if any can."""
        if self.token and not self.site.shared:
            with suppress(Failed, OSError, http.client.HTTPException):
                for pk in Post.objects.filter(author=self.pk).values_list("pk", flat=True):
                    self.call("DELETE", f"/api/posts/{pk}/")
        User.objects.filter(pk=self.pk).delete()


class LeftBehind(Exception):  # noqa: N818 -- what is the case, and what to do about it
    """The account could not be deleted."""


@contextmanager
def temporary_author(site: Site) -> Iterator[Author]:
    """Raise `LeftBehind` if the database is gone when the account should go."""
    delete_abandoned()
    author = Author(site)
    try:
        yield author
    finally:
        try:
            author.vanish()
        except DatabaseFault as error:
            minutes = ABANDONED_AFTER.seconds // 60
            raise LeftBehind(
                f"the account {author.user.username} could not be deleted ({error}); running this"
                f" again does it, {minutes} minutes from now or later"
            ) from error


def delete_abandoned() -> None:
    """Delete what a killed run has left, and nothing that a person may have made."""
    old = User.objects.filter(
        username__startswith=PREFIX,
        email__endswith=f"@{DOMAIN}",
        date_joined__lt=timezone.now() - ABANDONED_AFTER,
    )
    for user in old:
        if re.fullmatch(rf"{PREFIX}[0-9a-f]{{8}}", user.username):
            user.delete()
