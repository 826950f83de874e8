"""What stood in posts before they were edited."""

from typing import ClassVar

from django.db import models

from freshcache.django.querysets import AnnouncingQuerySet
from posts.models.posts import (
    CONTENT_WARNING_MAX_LENGTH,
    IMAGE_ALT_MAX_LENGTH,
    POST_TEXTS,
    Post,
)
from posts.signals import announce_posts


class PostVersionQuerySet(AnnouncingQuerySet["PostVersion"]):
    """Versions; bulk writes announce a change of posts."""

    def announce(self, cause: str) -> None:
        announce_posts(cause, using=self.db)


class PostVersion(models.Model):
    """The texts of a post (POST_TEXTS) from one edit to the next. The post itself has the newest.

    Triggers of the database make the rows in the transaction of each edit, limit their number, and
    delete them with the post: see `posts.version_triggers`. So no code here does, and releases
    without this table, and raw SQL, keep the history too.
    """

    # The fields of a deleted version that the audit log keeps.
    AUDITED: ClassVar = ("post_id", *POST_TEXTS)

    post = models.ForeignKey(
        Post, on_delete=models.DO_NOTHING, related_name="versions", db_constraint=False
    )
    content = models.TextField(blank=True, default="", db_default="")
    content_warning = models.CharField(
        max_length=CONTENT_WARNING_MAX_LENGTH, blank=True, default="", db_default=""
    )
    image_alt = models.CharField(
        max_length=IMAGE_ALT_MAX_LENGTH, blank=True, default="", db_default=""
    )
    written_at = models.DateTimeField()
    replaced_at = models.DateTimeField()

    objects = PostVersionQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        default_permissions = ("view", "delete")

    def __str__(self) -> str:
        return f"{self.pk}: {self.content[:50]}"
