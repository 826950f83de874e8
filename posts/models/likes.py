"""Who likes which post."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils import timezone

from posts.models.users import User
from posts.signals import announce_counts


class LikeQuerySet(models.QuerySet["Like"]):
    def update(self, **values: Any) -> int:
        count = super().update(**values)
        if count:
            announce_counts("likes updated", using=self.db)
        return count

    def bulk_create(self, objs: Iterable["Like"], *args: Any, **kwargs: Any) -> list["Like"]:
        created = super().bulk_create(objs, *args, **kwargs)
        if created:
            announce_counts("likes created", using=self.db)
        return created


class Like(models.Model):
    post = models.ForeignKey("posts.Post", on_delete=models.CASCADE, related_name="likes")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="likes")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = LikeQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        # Post first: the same index counts a post's likes.
        constraints = (
            models.UniqueConstraint(fields=["post", "user"], name="like_once_per_post_and_user"),
        )

    def __str__(self) -> str:
        return f"{self.user_id} likes {self.post_id}"
