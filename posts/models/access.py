"""What a password opens: sessions and API tokens. What their owner sees of each, and its end."""

from collections.abc import Collection, Iterator
from itertools import islice

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from knox.models import AuthToken

from posts.signals import announce_counts

NAME_MAX_LENGTH = 80
DEFAULT_TOKEN_NAME = "API"  # noqa: S105 -- a name, and no token
BATCH_ROWS = 1_000


class SessionRecord(models.Model):
    """A signed-in session, as its owner sees it; it goes with the session.

    `name`: browser and system in words, empty where unknown. `used_at` is coarse: see
    `posts.sessions`. No constraint of the database ties it to the session or the user, for other
    programs delete those and know nothing of this table, as does the release before it;
    `clear_expired` removes what is left over.
    """

    session = models.OneToOneField(
        Session, on_delete=models.CASCADE, related_name="record", db_constraint=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="session_records",
        db_constraint=False,
    )
    name = models.CharField(max_length=NAME_MAX_LENGTH, blank=True, default="", db_default="")
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    used_at = models.DateTimeField(default=timezone.now, db_default=Now())

    def __str__(self) -> str:
        return self.name


class TokenRecord(models.Model):
    """What is known of an API token besides knox's row: its name, and when it was last used.

    Tokens of before this table have none, and other programs delete tokens without knowing of it.
    """

    token = models.OneToOneField(
        AuthToken, on_delete=models.CASCADE, related_name="record", db_constraint=False
    )
    name = models.CharField(
        max_length=NAME_MAX_LENGTH, default=DEFAULT_TOKEN_NAME, db_default=DEFAULT_TOKEN_NAME
    )
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


def end_access(user_ids: Collection[int], *, using: str) -> None:
    """End all API tokens and all sessions of these users, as a new password does."""
    for ids in _batches(user_ids):
        AuthToken.objects.using(using).filter(user_id__in=ids).delete()
    end_sessions(user_ids, using=using)


def end_sessions(user_ids: Collection[int], *, using: str) -> None:
    """End all sessions of these users, whose new password or `session_secret` is stored.

    Those that are not listed have ended by that already: they carry a hash of what was before. The
    session in which it is done goes on under another key, by Django's `update_session_auth_hash`.
    """
    for ids in _batches(user_ids):
        Session.objects.using(using).filter(record__user_id__in=ids).delete()
    if user_ids:
        # So that no process goes on to show who is signed in by a session that is not listed.
        announce_counts("sessions ended", using=using)


def _batches(ids: Collection[int]) -> Iterator[tuple[int, ...]]:
    remaining = iter(ids)
    while batch := tuple(islice(remaining, BATCH_ROWS)):
        yield batch
