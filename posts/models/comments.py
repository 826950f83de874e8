"""Comments on posts."""

from typing import ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from posts import powers
from posts.compiled_insert import CompiledInserts
from posts.ids import parse_id
from posts.models.users import User
from posts.signals import announce_counts

COMMENT_MAX_LENGTH = 2_000


class CommentQuerySet(CompiledInserts["Comment"]):
    """Comments; bulk writes announce a change of counts."""

    def visible(self) -> Self:
        """Return the comments that readers may see: those of active authors."""
        return self.filter(author__is_active=True)

    def on_visible_posts(self) -> Self:
        """Return the visible comments whose posts are visible too."""
        return self.visible().filter(post__author__is_active=True)

    def deletable_by(self, user: User | AnonymousUser) -> Self:
        """Return the comments that `user` may delete: their own, or all with the power."""
        return powers.within_reach(self, user, powers.DELETE_COMMENT)

    def answerable(self, post_id: int, pk: str) -> "Comment | None":
        """Return the visible comment on the post with the id `pk`, which is text of a request."""
        if (number := parse_id(pk)) is None:
            return None
        return self.visible().select_related("author").filter(post=post_id, pk=number).first()

    def announce(self, cause: str) -> None:
        announce_counts(cause, using=self.db)


class Comment(models.Model):
    """A comment on a post, or a reply to another comment on it."""

    # The fields of a deleted comment that the audit log keeps.
    AUDITED: ClassVar = ("author_id", "post_id", "content")

    post = models.ForeignKey("posts.Post", on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(User, on_delete=models.CASCADE, related_name="comments")
    content = models.TextField(max_length=COMMENT_MAX_LENGTH)
    # A reply stays when the comment that it answers is deleted.
    reply_to = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replies"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = CommentQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        indexes = (
            models.Index(fields=["post", "created_at", "id"], name="comment_oldest_first"),
            models.Index(
                fields=["author", "-created_at", "-id"], name="comment_author_newest_first"
            ),
        )
        constraints = (
            models.CheckConstraint(
                name="comment_content_length",
                condition=models.Q(content__length__gte=1, content__length__lte=COMMENT_MAX_LENGTH),
            ),
        )

    def __str__(self) -> str:
        return f"{self.pk}: {self.content[:50]}"

    def clean(self) -> None:
        # A constraint can't compare two rows. Forms and the API call this.
        if self.reply_to is not None and self.reply_to.post_id != self.post_id:
            raise ValidationError({"reply_to": _("That comment is on another post.")})
