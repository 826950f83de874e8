"""One-time keys of forms and of the API: which submission made which row."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

DIGEST_LENGTH = 32


class SubmittedKey(models.Model):
    """A key that came with a submission. It is stored in the transaction of the row that it made.

    Only digests are kept, and the key is part of both, so that a deleted text can't be guessed. The
    database has no foreign key constraint here, since releases without this table delete users.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,  # the constraint below has an index that begins with the user
    )
    digest = models.CharField(max_length=DIGEST_LENGTH)  # of the key
    fingerprint = models.CharField(max_length=DIGEST_LENGTH)  # of what was sent
    # Of the post, comment or report. 0 until it is made, which no other transaction sees.
    object_id = models.BigIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now(), db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["user", "digest"], name="submitted_key_once_per_user"),
        )

    def __str__(self) -> str:
        return f"{self.pk}: {self.digest}"
