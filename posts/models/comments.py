"""What is written below a post."""

import re
from typing import TYPE_CHECKING, ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from freshcache.django.querysets import AnnouncingQuerySet
from posts import powers
from posts.models.users import User
from posts.signals import announce_counts

if TYPE_CHECKING:
    from posts.models.posts import Post

COMMENT_MAX_LENGTH = 2_000


class CommentQuerySet(AnnouncingQuerySet["Comment"]):
    def visible(self) -> Self:
        """Comments that everybody may see: those of active authors."""
        return self.filter(author__is_active=True)

    def deletable_by(self, user: User | AnonymousUser) -> Self:
        """Comments that `user` may delete: their own; all of them with the power to."""
        return powers.within_reach(self, user, powers.DELETE_COMMENT)

    def answerable(self, post: "Post", pk: str) -> "Comment | None":
        """The comment with this id, as somebody sent it, if it is one to be seen on the post."""
        if not re.fullmatch("[0-9]{1,18}", pk):
            return None
        return self.visible().select_related("author").filter(post=post, pk=int(pk)).first()

    def announce(self, cause: str) -> None:
        announce_counts(cause, using=self.db)


class Comment(models.Model):
    # What the audit log keeps of one that is deleted.
    AUDITED: ClassVar = ("author_id", "post_id", "content")

    post = models.ForeignKey("posts.Post", on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(User, on_delete=models.CASCADE, related_name="comments")
    content = models.TextField(max_length=COMMENT_MAX_LENGTH)
    # A reply outlives what it answers.
    reply_to = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replies"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = CommentQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        indexes = (models.Index(fields=["post", "created_at", "id"], name="comment_oldest_first"),)
        constraints = (
            models.CheckConstraint(
                name="comment_content_length",
                condition=models.Q(content__length__gte=1, content__length__lte=COMMENT_MAX_LENGTH),
            ),
        )

    def __str__(self) -> str:
        return f"{self.pk}: {self.content[:50]}"

    def clean(self) -> None:
        # No constraint can say this, for it is about two rows; every form and the API ask here.
        if self.reply_to is not None and self.reply_to.post_id != self.post_id:
            raise ValidationError({"reply_to": _("That comment is on another post.")})
