"""Likes of posts and of comments."""

from django.db import models
from django.db.models.functions import Now
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


class CommentLikeQuerySet(CompiledInserts["CommentLike"]):
    """Likes of comments; bulk writes announce a change of counts."""

    def announce(self, cause: str) -> None:
        announce_counts(cause, using=self.db)


class CommentLike(models.Model):
    """One user's like of one comment."""

    # Without constraints, because a release that does not know this table deletes comments and
    # users too. `clear_expired` deletes the likes that it leaves.
    comment = models.ForeignKey(
        "posts.Comment",
        on_delete=models.CASCADE,
        related_name="likes",
        db_constraint=False,
        db_index=False,
    )
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="comment_likes", db_constraint=False
    )
    created_at = models.DateTimeField(default=timezone.now, db_default=Now(), editable=False)

    objects = CommentLikeQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        # Comment first, so that the same index counts a comment's likes.
        constraints = (
            models.UniqueConstraint(
                fields=["comment", "user"], name="like_once_per_comment_and_user"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id} likes comment {self.comment_id}"
