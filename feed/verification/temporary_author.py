"""The account with which a verification writes. It is deleted with everything it wrote."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import count
from typing import Any

from django.db import Error as DatabaseFault
from django.utils import timezone

from feed.errors import AccountNotDeletedError, CheckFailedError, CheckSkippedError
from feed.verification.deployment import Deployment, excerpt
from feed.verification.http_client import NO_RESPONSE, Reply
from posts.models import Post, User

PREFIX = "verify-feed-"
DOMAIN = "verify-feed.invalid"  # reserved: no mail address can end in it (RFC 2606)
# A younger account may belong to a run that is still going on.
ABANDONED_AFTER = timedelta(minutes=10)


class TemporaryAuthor:
    """An account of the site. `mark` is in every text it writes, and in no other text."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.mark = secrets.token_hex(6)
        self.token = ""
        self._markers = count(1)
        self._password = secrets.token_urlsafe(24)
        username = f"{PREFIX}{secrets.token_hex(4)}"
        self.user = User.objects.create_user(username, f"{username}@{DOMAIN}", self._password)
        self.pk = self.user.pk

    def new_text(self) -> tuple[str, str]:
        """Return a text for a post, and the marker in it that no other text has."""
        marker = f"{self.mark}-{next(self._markers)}."
        return f"This verifies that the site works, and is gone in a moment. {marker}", marker

    def sign_in(self) -> None:
        """Get a token from the API.

        Raises:
            CheckFailedError: The site refused.
        """
        body = {"username": self.user.username, "password": self._password}
        reply = self.deployment.request("POST", "/api/auth/token/", body=body)
        if reply.status == 401:  # noqa: PLR2004 -- Unauthorized
            raise CheckFailedError(
                "an account made here can't sign in: is DATABASE_URL here the site's?"
            )
        if reply.status != 200:  # noqa: PLR2004 -- OK
            raise CheckFailedError(
                f"POST /api/auth/token/ answered {reply.status}: {excerpt(reply)}"
            )
        self.token = reply.json()["token"]

    def call(self, method: str, path: str, body: Any = None) -> Reply:
        """Send a request with the token.

        Raises:
            CheckFailedError: The site refused.
            CheckSkippedError: There is no token.
        """
        if not self.token:
            raise CheckSkippedError("there is no token")
        reply = self.deployment.request(method, path, body=body, token=self.token)
        if reply.status not in {200, 201, 204}:
            raise CheckFailedError(f"{method} {path} answered {reply.status}: {excerpt(reply)}")
        return reply

    def delete(self) -> None:
        """Delete the account and its posts.

        Without Redis, a delete in this process does not reach the site's cache, so the posts are
        deleted through the site first.
        """
        if self.token and not self.deployment.shared:
            with suppress(CheckFailedError, *NO_RESPONSE):
                for pk in Post.objects.filter(author=self.pk).values_list("pk", flat=True):
                    self.call("DELETE", f"/api/posts/{pk}/")
        User.objects.filter(pk=self.pk).delete()


@contextmanager
def temporary_author(deployment: Deployment) -> Iterator[TemporaryAuthor]:
    """Provide an account, and delete it at the end.

    Raises:
        AccountNotDeletedError: The database did not answer at the end.
    """
    delete_abandoned()
    author = TemporaryAuthor(deployment)
    try:
        yield author
    finally:
        try:
            author.delete()
        except DatabaseFault as error:
            minutes = ABANDONED_AFTER.seconds // 60
            raise AccountNotDeletedError(
                f"the account {author.user.username} could not be deleted ({error}); run this"
                f" command again in {minutes} minutes or later to delete it"
            ) from error


def delete_abandoned() -> None:
    """Delete accounts that killed runs left, and no account that a person may have made."""
    old = User.objects.filter(
        username__startswith=PREFIX,
        email__endswith=f"@{DOMAIN}",
        date_joined__lt=timezone.now() - ABANDONED_AFTER,
    )
    for user in old:
        if re.fullmatch(rf"{PREFIX}[0-9a-f]{{8}}", user.username):
            user.delete()
