"""Sessions and API tokens: their records for the owner, and how they end."""

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
    """The record of a session that its owner sees. Deleted with the session.

    `name`: browser and system, empty if unknown. `used_at` lags: see `posts.last_use`. The database
    has no foreign key constraint here, since other programs, and releases without this table,
    delete sessions and users. `clear_expired` removes records without a session or user.
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
    """The record of an API token: its name, and when it was last used.

    Tokens older than this table have none, and other programs delete tokens but not their records.
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
    """End all API tokens and all sessions of these users. A new password does this."""
    for ids in _batches(user_ids):
        AuthToken.objects.using(using).filter(user_id__in=ids).delete()
    end_sessions(user_ids, using=using)


def end_sessions(user_ids: Collection[int], *, using: str) -> None:
    """Delete the sessions of these users, whose new password or `session_secret` is stored.

    Sessions without a record are invalid already: they have a hash of the old secret. Django's
    `update_session_auth_hash` continues the current session under a new key.
    """
    for ids in _batches(user_ids):
        Session.objects.using(using).filter(record__user_id__in=ids).delete()
    if user_ids:
        # So that no process goes on showing the user of a session without a record.
        announce_counts("sessions ended", using=using)


def _batches(ids: Collection[int]) -> Iterator[tuple[int, ...]]:
    remaining = iter(ids)
    while batch := tuple(islice(remaining, BATCH_ROWS)):
        yield batch
