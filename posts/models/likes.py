"""Likes of posts."""

from django.db import models
from django.utils import timezone

from posts.compiled_insert import CompiledInserts
from posts.models.users import User
from posts.signals import announce_counts


class LikeQuerySet(CompiledInserts["Like"]):
    """Likes; bulk writes announce a change of counts."""

    def announce(self, cause: str) -> None:
        announce_counts(cause, using=self.db)


class Like(models.Model):
    """One user's like of one post."""

    post = models.ForeignKey("posts.Post", on_delete=models.CASCADE, related_name="likes")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="likes")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = LikeQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        # Post first, so that the same index counts a post's likes.
        constraints = (
            models.UniqueConstraint(fields=["post", "user"], name="like_once_per_post_and_user"),
        )

    def __str__(self) -> str:
        return f"{self.user_id} likes {self.post_id}"
