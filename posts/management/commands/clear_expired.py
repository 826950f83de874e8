"""`manage.py clear_expired`: remove expired sessions, tokens and one-time keys."""

import time
from collections.abc import Iterator
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand
from django.db import models
from django.utils import timezone
from knox.models import AuthToken

from posts import idempotency
from posts.models import Comment, CommentLike, SessionRecord, TokenRecord

BATCH_ROWS = 1_000
# Leaves the database to other work between two batches.
PAUSE_SECONDS = 0.05


class Command(BaseCommand):
    help = (
        "Remove expired sessions and API tokens, the records of those that other programs removed,"
        " likes of comments that they removed, and the one-time keys of forms. It works in small"
        " transactions: it can run at any time and be interrupted. Run it daily."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        session = Session.objects.filter(pk=models.OuterRef("session_id"))
        user = get_user_model().objects.filter(pk=models.OuterRef("user_id"))
        comment = Comment.objects.filter(pk=models.OuterRef("comment_id"))
        token = AuthToken.objects.filter(pk=models.OuterRef("token_id"))
        for name, rows in (
            ("sessions", Session.objects.filter(expire_date__lt=now)),
            ("tokens", AuthToken.objects.filter(expiry__lt=now)),
            (
                "records of sessions",
                SessionRecord.objects.filter(~models.Exists(session) | ~models.Exists(user)),
            ),
            ("records of tokens", TokenRecord.objects.filter(~models.Exists(token))),
            ("one-time keys", idempotency.expired(now)),
            (
                "likes of deleted comments",
                CommentLike.objects.filter(~models.Exists(comment) | ~models.Exists(user)),
            ),
        ):
            self.stdout.write(f"{name} removed: {sum(_delete(rows))}")


def _delete(rows: models.QuerySet[Any]) -> Iterator[int]:
    """Delete the rows in batches; yield the size of each batch."""
    while pks := list(rows.values_list("pk", flat=True)[:BATCH_ROWS]):
        rows.model.objects.filter(pk__in=pks).delete()
        yield len(pks)
        time.sleep(PAUSE_SECONDS)
