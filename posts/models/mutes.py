"""Mutes: authors whose posts a reader does not want to see."""

from django.db import models
from django.utils import timezone

from freshcache.django.querysets import AnnouncingQuerySet
from posts.models.users import User
from posts.signals import announce_counts


class MuteQuerySet(AnnouncingQuerySet["Mute"]):
    """Mutes; bulk writes announce a change of counts."""

    def announce(self, cause: str) -> None:
        announce_counts(cause, using=self.db)


class Mute(models.Model):
    """`user` does not see what `muted` writes. No other user, `muted` included, can notice it.

    It is announced like a change of counts, so that what is cached of this reader is read again.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mutes")
    muted = models.ForeignKey(User, on_delete=models.CASCADE, related_name="muted_by")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MuteQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        constraints = (
            models.UniqueConstraint(fields=["user", "muted"], name="mute_once_per_user_and_muted"),
            models.CheckConstraint(
                name="mute_not_oneself", condition=~models.Q(user=models.F("muted"))
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id} mutes {self.muted_id}"
